"""Keeps what a server sent, says which parts were chrome and why, and hands on the rest."""

__version__ = "0.1.0"
