"""The archive's tables, as `archiver/archive/tables.py` had them then; it explains the columns."""
# ruff: noqa: INP001

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG = sa.BigInteger()
SHORT = sa.Integer()
STRING = sa.Text()
TIME = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
VALUE = sa.JSON()
BYTES = sa.LargeBinary()

need = partial(sa.Column[Any], nullable=False)
may = partial(sa.Column[Any], nullable=True)

# Left to right, each refers only to those before it; `target` is tied to the last two at the end.
NAMES = (
    "site_config",
    "site",
    "target",
    "host",
    "run",
    "run_end",
    "body",
    "body_store",
    "snapshot",
    "fetch",
    "cleaner",
    "page",
    "text",
    "document",
    "rule_count",
    "failure",
    "release",
    "release_item",
    "erasure",
)
# On SQLite, which cannot add a constraint later, they stand in the table itself.
TIES = {"target_document_fkey": "document", "target_snapshot_fkey": "snapshot"}


def _id() -> sa.Column[Any]:
    return sa.Column("id", ID, primary_key=True)


def _key(name: str, kind: sa.types.TypeEngine[Any], *refers: sa.ForeignKey) -> sa.Column[Any]:
    return sa.Column(name, kind, *refers, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Make the tables."""
    _configured()
    _asked()
    _sent()
    _made()
    _published()
    if op.get_context().dialect.name != "sqlite":
        for name, other in TIES.items():
            op.create_foreign_key(name, "target", other, [other], ["id"])


def downgrade() -> None:
    """Drop the tables, and all data with them."""
    op.execute("UPDATE target SET document = NULL, snapshot = NULL")  # or SQLite lets neither go
    if op.get_context().dialect.name != "sqlite":
        for name in TIES:
            op.drop_constraint(name, "target", type_="foreignkey")
    # Tables of later schemas stay when those go down, since their rows are data; here all goes.
    later = set(sa.inspect(op.get_bind()).get_table_names()) - {*NAMES, "alembic_version"}
    for name in (*sorted(later), *reversed(NAMES)):
        op.drop_table(name)


def _configured() -> None:
    op.create_table(
        "site_config",
        _key("site", STRING),
        _key("digest", STRING),
        need("at", TIME),
        need("config", VALUE),
    )
    op.create_table(
        "site",
        _key("host", STRING),
        need("config", STRING),
        need("added_at", TIME),
        sa.ForeignKeyConstraint(["host", "config"], ["site_config.site", "site_config.digest"]),
    )
    op.create_table(
        "target",
        _id(),
        need("url", STRING),
        need("site", STRING, sa.ForeignKey("site.host")),
        need("kind", STRING),
        may("found_in", ID, sa.ForeignKey("target.id")),
        need("found_at", TIME),
        need("stated_date", STRING),
        need("stated_title", STRING),
        may("due_at", TIME),
        may("etag", STRING),
        may("last_modified", STRING),
        need("failures", SHORT),
        need("state", STRING),
        may("alias_of", ID, sa.ForeignKey("target.id")),
        may("fetched_at", TIME),
        need("fetches", SHORT),
        may("document", ID),
        may("snapshot", ID),
        sa.UniqueConstraint("url", name="target_url_key"),
        *(
            sa.ForeignKeyConstraint([other], [f"{other}.id"], name=name, use_alter=True)
            for name, other in TIES.items()
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("target_due", "target", ["state", "due_at"])
    op.create_index("target_document", "target", ["document"])
    op.create_table(
        "host",
        _key("origin", STRING),
        may("robots_status", SHORT),
        may("robots_body", BYTES),
        may("robots_at", TIME),
        may("next_at", TIME),
        need("failures", SHORT),
    )


def _asked() -> None:
    op.create_table(
        "run",
        _id(),
        need("verb", STRING),
        need("asked", VALUE),
        need("at", TIME),
        need("version", STRING),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_end",
        _key("run", ID, sa.ForeignKey("run.id")),
        need("at", TIME),
        need("exit_code", SHORT),
        need("counts", VALUE),
    )


def _sent() -> None:
    op.create_table("body", _key("digest", STRING), need("length", LONG))
    op.create_table(
        "body_store",
        _key("digest", STRING, sa.ForeignKey("body.digest")),
        need("encoding", STRING),
        may("dictionary", STRING),
        need("data", BYTES),
    )
    op.create_table(
        "snapshot",
        _id(),
        need("target", ID, sa.ForeignKey("target.id")),
        need("body", STRING, sa.ForeignKey("body.digest")),
        need("url", STRING),
        need("fetched_at", TIME),
        need("content_type", STRING),
        sa.UniqueConstraint("target", "body", name="snapshot_target_body_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fetch",
        _id(),
        need("run", ID, sa.ForeignKey("run.id")),
        may("target", ID, sa.ForeignKey("target.id")),
        need("requested_url", STRING),
        need("final_url", STRING),
        need("outcome", STRING),
        need("reason", STRING),
        may("status", SHORT),
        need("headers", VALUE),
        need("redirects", VALUE),
        need("robots", STRING),
        need("signals", VALUE),
        need("bytes", LONG),
        need("milliseconds", LONG),
        need("requests", SHORT),
        need("at", TIME),
        may("snapshot", ID, sa.ForeignKey("snapshot.id")),
        sqlite_autoincrement=True,
    )
    op.create_index("fetch_target", "fetch", ["target"])
    op.create_index("fetch_snapshot", "fetch", ["snapshot"])


def _made() -> None:
    op.create_table("cleaner", _key("id", STRING), need("at", TIME), need("recipe", VALUE))
    op.create_table(
        "page",
        _key("snapshot", ID, sa.ForeignKey("snapshot.id")),
        _key("extractor", STRING),
        need("site", STRING),
        need("language", STRING),
        need("systems", STRING),
        need("data", BYTES),
    )
    group = ["extractor", "site", "language", "systems", "snapshot"]
    op.create_index("page_group", "page", group)
    op.create_table("text", _key("digest", STRING), need("text", STRING))
    op.create_table(
        "document",
        _id(),
        need("snapshot", ID, sa.ForeignKey("snapshot.id")),
        need("cleaner", STRING, sa.ForeignKey("cleaner.id")),
        need("language", STRING),
        need("script", STRING),
        may("title", STRING),
        need("authors", VALUE),
        may("published", STRING),
        need("published_source", STRING),
        may("section", STRING),
        may("kicker", STRING),
        may("description", STRING),
        may("dateline", STRING),
        may("agency", STRING),
        may("site_name", STRING),
        may("canonical_url", STRING),
        may("declared_language", STRING),
        need("captions", VALUE),
        need("text", STRING, sa.ForeignKey("text.digest")),
        need("marks", BYTES),
        need("flags", VALUE),
        need("kept_chars", LONG),
        need("removed_chars", LONG),
        may("run", ID, sa.ForeignKey("run.id")),
        need("at", TIME),
        sa.UniqueConstraint("snapshot", "cleaner", name="document_snapshot_cleaner_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rule_count",
        _key("cleaner", STRING, sa.ForeignKey("cleaner.id")),
        _key("site", STRING),
        _key("rule", STRING),
        need("documents", LONG),
        need("lines", LONG),
        need("chars", LONG),
    )
    op.create_table(
        "failure",
        _id(),
        may("snapshot", ID, sa.ForeignKey("snapshot.id")),
        may("target", ID, sa.ForeignKey("target.id")),
        may("cleaner", STRING),
        need("attempt", SHORT),
        need("stage", STRING),
        need("reason", STRING),
        need("advice", STRING),
        may("run", ID, sa.ForeignKey("run.id")),
        need("at", TIME),
        sa.UniqueConstraint("snapshot", "cleaner", "attempt", name="failure_attempt_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("failure_target", "failure", ["target"])


def _published() -> None:
    op.create_table(
        "release",
        _key("name", STRING),
        need("at", TIME),
        need("query", VALUE),
        may("cleaner", STRING, sa.ForeignKey("cleaner.id")),
        need("counts", VALUE),
        need("digest", STRING),
    )
    op.create_table(
        "release_item",
        _key("release", STRING, sa.ForeignKey("release.name")),
        _key("document", ID),
        need("text", STRING),
    )
    op.create_index("release_item_document", "release_item", ["document"])
    op.create_table(
        "erasure",
        _id(),
        need("digest", STRING),
        need("at", TIME),
        need("reason", STRING),
        need("what", STRING),
        sqlite_autoincrement=True,
    )
