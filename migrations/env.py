"""Alembic's entry: runs the migrations on the connection of `archiver init`, or on its own.

All steps run in one transaction, on SQLite too, so that a killed upgrade leaves nothing behind.
"""
# ruff: noqa: INP001

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from alembic import context
from alembic.util import CommandError

from archiver.archive.engine import create, write
from archiver.archive.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _url() -> str:
    given = context.get_x_argument(as_dictionary=True).get("url")
    configured = context.config.get_main_option("sqlalchemy.url")
    return str(given or os.environ.get("ARCHIVER_DATABASE") or configured)


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    MESSAGE = "SQL scripts (--sql) are not supported: give the database itself"
    raise CommandError(MESSAGE)

given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    engine = create(_url())
    with write(engine) as connection:
        _run(connection)
    engine.dispose()
