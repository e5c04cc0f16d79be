"""Exports: rows of the view `corpus` in, a file out; one module a format.

A file appears under its name only when it is whole.
"""

from __future__ import annotations

from archiver.export import jsonl, sqlite

FORMATS = {"jsonl": jsonl.write, "sqlite": sqlite.write}
