"""One cache of compiled statements for all engines of a test process.

A test has engines of its own, and each would compile the program's statements again, which is an
eighth of what tests of the archive compute. SQLAlchemy takes a cache from outside, but looks in
it by the object of the dialect; here dialects of one class that write JSON alike are one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

COMPILED: LRUCache[Any, Any] = LRUCache(10_000)


def _alike(one: DefaultDialect) -> tuple[object, ...]:
    return type(one), getattr(one, "_json_serializer", None)


def _hash(self: DefaultDialect) -> int:
    return hash(_alike(self))


def _equal(self: DefaultDialect, other: object) -> bool:
    return isinstance(other, DefaultDialect) and _alike(self) == _alike(other)


def share() -> None:
    """Have every engine of this process look there."""
    DefaultDialect.__hash__ = _hash  # type: ignore[method-assign,assignment]
    DefaultDialect.__eq__ = _equal  # type: ignore[method-assign,assignment]
    event.listen(Engine, "engine_connect", _look_there)


def _look_there(connection: Connection) -> None:
    connection.execution_options(compiled_cache=COMPILED)
