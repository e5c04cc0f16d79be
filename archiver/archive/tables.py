"""The tables, said once. `migrations/` makes them; a test checks that both agree.

Nothing comes in; SQLAlchemy Core tables go out. Never opens a database, never makes a table.

All but `site`, `target`, `host`, `page`, `rule_count`, `search_document`, the three tables of
duplicates, `daily` and `daily_mark` only ever grow: no statement updates their rows. `body_store`
holds the same bytes in whatever encoding serves. The table `search_words` is of another kind on
each database, and stands in its migration alone.
"""
# long: one table after another, said once

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import TIMESTAMP

from archiver.archive.packing import sound

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

SCHEMA = "0011"  # the newest migration; a test holds them together


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: TIMESTAMPTZ, or on SQLite ISO text of one width, so that it sorts."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        kind = TIMESTAMP(timezone=True) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Refuse a time without a zone (ValueError); hand the driver UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no zone; times in the archive are UTC"
            raise ValueError(message)
        time = value.astimezone(UTC)
        return time if dialect.name == "postgresql" else time.isoformat(timespec="microseconds")

    def process_result_value(
        self,
        value: datetime | str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Hand out UTC whatever the session's zone is."""
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return None if time is None else time.astimezone(UTC)


class SoundText(TypeDecorator[str]):
    """Text of any length that both databases can hold; see `packing.sound`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Mend the string on its way in."""
        return None if value is None else sound(value)


ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite's own row id is a 64-bit INTEGER
STRING = SoundText()
TIME = UtcTime()
VALUE = JSON(none_as_null=True)
BYTES = LargeBinary()

_need = partial(Column[Any], nullable=False)
_may = partial(Column[Any], nullable=True)


def _id() -> Column[Any]:
    return Column("id", ID, primary_key=True)


def _snapshot() -> ForeignKey:
    return ForeignKey("snapshot.id")


def _pointing(column: str) -> Index:
    """Find the targets that point at a row which is to go; most point at none."""
    there = sql_text(f"{column} IS NOT NULL")
    return Index(f"target_{column}", column, sqlite_where=there, postgresql_where=there)


def _seal() -> Column[Any]:
    """`packing.seal` of the row's other columns but its id; null in rows of an earlier schema."""
    return _may("seal", STRING)


metadata = MetaData()

site = Table(
    "site",
    metadata,
    Column("host", STRING, primary_key=True),
    _need("config", STRING),  # the digest in force
    _need("added_at", TIME),
    ForeignKeyConstraint(["host", "config"], ["site_config.site", "site_config.digest"]),
)

site_config = Table(
    "site_config",
    metadata,
    Column("site", STRING, primary_key=True),
    Column("digest", STRING, primary_key=True),
    _need("at", TIME),
    _need("config", VALUE),
)

target = Table(
    "target",
    metadata,
    _id(),
    _need("url", STRING),  # canonical
    _need("site", STRING, ForeignKey("site.host")),
    _may("origin", STRING),  # scheme, host and port; null for what no network has
    _need("kind", STRING),  # page, feed, sitemap, section
    _may("found_in", ID, ForeignKey("target.id")),
    _need("found_at", TIME),
    _need("stated_date", STRING),  # evidence, as the feed or sitemap has it
    _need("stated_title", STRING),
    _may("due_at", TIME),  # null: never again
    _may("etag", STRING),
    _may("last_modified", STRING),
    _need("failures", Integer),  # in a row
    _need("state", STRING),  # active, gone, alias, canonical, erased
    _may("alias_of", ID, ForeignKey("target.id")),
    _may("fetched_at", TIME),
    _need("fetches", Integer),
    # The current document, so that `corpus` needs no search for the newest one.
    _may("document", ID, ForeignKey("document.id", name="target_document_fkey", use_alter=True)),
    _may("snapshot", ID, ForeignKey("snapshot.id", name="target_snapshot_fkey", use_alter=True)),
    UniqueConstraint("url", name="target_url_key"),
    Index("target_due", "state", "origin", "kind", "due_at"),
    Index("target_document", "document"),
    _pointing("snapshot"),
    _pointing("alias_of"),
    sqlite_autoincrement=True,
)

host = Table(
    "host",
    metadata,
    Column("origin", STRING, primary_key=True),
    _may("robots_status", Integer),  # null: unreachable
    _may("robots_body", BYTES),
    _may("robots_at", TIME),
    _may("robots_until", TIME),  # when it is asked for again
    _may("next_at", TIME),  # no request before
    _need("failures", Integer),  # in a row: no answer, or the wish for fewer requests
    _may("refusals", Integer),  # in a row: 403 and 429
    _may("resting", STRING),  # why it is left alone, null where it is not
    _may("files_at", TIME),  # when these two were asked for
    _may("tdmrep", BYTES),
    _may("ai_txt", BYTES),
)

run = Table(
    "run",
    metadata,
    _id(),
    _need("verb", STRING),
    _need("asked", VALUE),
    _need("at", TIME),
    _need("version", STRING),
    sqlite_autoincrement=True,
)

run_end = Table(
    "run_end",
    metadata,
    Column("run", ID, ForeignKey("run.id"), primary_key=True, autoincrement=False),
    _need("at", TIME),
    _need("exit_code", Integer),
    _need("counts", VALUE),
)

body = Table(
    "body",
    metadata,
    Column("digest", STRING, primary_key=True),  # sha256 of the bytes, hexadecimal
    _need("length", BigInteger),
)

body_store = Table(
    "body_store",
    metadata,
    Column("digest", STRING, ForeignKey("body.digest"), primary_key=True),
    _need("encoding", STRING),
    # The body that it was packed with. No foreign key: SQLite adds none without copying the table,
    # so `archiver verify` looks.
    _may("dictionary", STRING),
    _need("data", BYTES),
    Index("body_store_encoding", "encoding"),
    Index("body_store_dictionary", "dictionary"),
)

snapshot = Table(
    "snapshot",
    metadata,
    _id(),
    _need("target", ID, ForeignKey("target.id")),
    _need("body", STRING, ForeignKey("body.digest")),
    _need("url", STRING),  # final
    _need("fetched_at", TIME),  # first; last seen is the newest `fetch` that points here
    _need("content_type", STRING),
    _seal(),
    UniqueConstraint("target", "body", name="snapshot_target_body_key"),
    Index("snapshot_body", "body"),
    sqlite_autoincrement=True,
)

fetch = Table(
    "fetch",
    metadata,
    _id(),
    _need("run", ID, ForeignKey("run.id")),
    _may("target", ID, ForeignKey("target.id")),
    _need("requested_url", STRING),
    _need("final_url", STRING),
    _need("outcome", STRING),
    _need("reason", STRING),
    _may("status", Integer),
    _need("headers", VALUE),
    _need("redirects", VALUE),
    _need("robots", STRING),
    _need("signals", VALUE),
    _need("bytes", BigInteger),
    _need("milliseconds", BigInteger),
    _need("requests", Integer),
    _need("at", TIME),
    _may("snapshot", ID, _snapshot()),  # what it brought, or for 304 what still stands
    _seal(),
    Index("fetch_target", "target"),
    Index("fetch_snapshot", "snapshot"),
    sqlite_autoincrement=True,
)

cleaner = Table(
    "cleaner",
    metadata,
    Column("id", STRING, primary_key=True),
    _need("at", TIME),
    _need("recipe", VALUE),
)

page = Table(
    "page",
    metadata,
    Column("snapshot", ID, _snapshot(), primary_key=True, autoincrement=False),
    Column("extractor", STRING, primary_key=True),
    _need("site", STRING),
    _need("language", STRING),
    _need("systems", STRING),  # separated by spaces
    _need("data", BYTES),
    Index("page_group", "extractor", "site", "language", "systems", "snapshot"),
)

text = Table(
    "text",
    metadata,
    Column("digest", STRING, primary_key=True),  # sha256 of the UTF-8, hexadecimal
    _need("text", STRING),
)

document = Table(
    "document",
    metadata,
    _id(),
    _need("snapshot", ID, _snapshot()),
    _need("cleaner", STRING, ForeignKey("cleaner.id")),
    _need("language", STRING),
    _need("script", STRING),
    _may("confidence", Float),  # that it is the language
    _may("languages", VALUE),  # of the paragraphs: [language, script, share of letters], ...
    _may("title", STRING),
    _need("authors", VALUE),
    _may("published", STRING),  # as `Metadata` has it: with a zone only where one was stated
    _need("published_source", STRING),
    # These five, and `structure`, are null in documents that were made before their migration.
    _may("modified", STRING),  # as `published`
    _may("modified_source", STRING),
    _may("tags", VALUE),
    _may("image", STRING),
    _may("licence", STRING),
    _may("section", STRING),
    _may("kicker", STRING),
    _may("description", STRING),
    _may("dateline", STRING),
    _may("agency", STRING),  # what `agencies` was before schema 0008; no longer written
    _may("agencies", VALUE),  # this, `confidence` and `languages` are null before that schema
    _may("site_name", STRING),
    _may("canonical_url", STRING),
    _may("declared_language", STRING),
    _need("captions", VALUE),
    _need("text", STRING, ForeignKey("text.digest")),
    _may("structure", STRING),  # a code a paragraph, separated by spaces
    _need("marks", BYTES),
    _need("flags", VALUE),
    _need("kept_chars", BigInteger),
    _need("removed_chars", BigInteger),
    _may("run", ID, ForeignKey("run.id")),
    _need("at", TIME),
    _seal(),
    UniqueConstraint("snapshot", "cleaner", name="document_snapshot_cleaner_key"),
    Index("document_text", "text"),
    sqlite_autoincrement=True,
)

rule_count = Table(
    "rule_count",
    metadata,
    Column("cleaner", STRING, ForeignKey("cleaner.id"), primary_key=True),
    Column("site", STRING, primary_key=True),
    Column("rule", STRING, primary_key=True),
    _need("documents", BigInteger),
    _need("lines", BigInteger),  # blocks that the rule marks, whole or in part
    _need("chars", BigInteger),
)

failure = Table(
    "failure",
    metadata,
    _id(),
    _may("snapshot", ID, _snapshot()),
    _may("target", ID, ForeignKey("target.id")),
    _may("cleaner", STRING),  # the extractor's id where the stage is decode or extract
    _need("attempt", Integer),
    _need("stage", STRING),
    _need("reason", STRING),
    _need("advice", STRING),
    _may("run", ID, ForeignKey("run.id")),
    _need("at", TIME),
    UniqueConstraint("snapshot", "cleaner", "attempt", name="failure_attempt_key"),
    Index("failure_target", "target"),
    sqlite_autoincrement=True,
)

release = Table(
    "release",
    metadata,
    Column("name", STRING, primary_key=True),
    _need("at", TIME),
    _need("query", VALUE),
    _may("cleaner", STRING, ForeignKey("cleaner.id")),
    _need("counts", VALUE),
    _need("digest", STRING),
    _may("before", STRING),  # the newest release there was when it was made
)

release_item = Table(
    "release_item",
    metadata,
    Column("release", STRING, ForeignKey("release.name"), primary_key=True),
    # No foreign keys: an erasure may take the document away, and the release must still say so.
    Column("document", ID, primary_key=True, autoincrement=False),
    _need("text", STRING),
    _may("seal", STRING),  # of the row that an export writes; never null in rows of this schema
    Index("release_item_document", "document"),
)

search_document = Table(
    "search_document",
    metadata,
    Column("target", ID, ForeignKey("target.id"), primary_key=True, autoincrement=False),
    _need("document", ID, ForeignKey("document.id")),  # whose title and text are indexed
    _need("form", STRING),  # what made words of them
    Index("search_document_document", "document"),
)

# Duplicates, in `archive/duplicates.py`: each text in its search form once, and the pages with it.
wording = Table(
    "wording",
    metadata,
    _id(),
    _need("digest", STRING),  # of the search form's words; equal ones are exact duplicates
    _need("rank", BigInteger),  # the earliest of its pages', and which page that is
    _need("head", ID, ForeignKey("target.id")),
    _may("signature", BYTES),  # null: too few words to say that others are nearly the same
    _may("centre", ID, ForeignKey("wording.id")),  # whose cluster it is in, its own perhaps
    _may("similarity", Float),  # to its centre
    _need("settled", Boolean),  # whether both are in step with the texts that are there
    UniqueConstraint("digest", name="wording_digest_key"),
    UniqueConstraint("head", name="wording_head_key"),
    Index("wording_centre", "centre"),
    Index("wording_settled", "settled", "rank", "head"),
    sqlite_autoincrement=True,
)

wording_band = Table(
    "wording_band",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", BigInteger, primary_key=True, autoincrement=False),
    Column("head", ID, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

duplicate_document = Table(
    "duplicate_document",
    metadata,
    Column("target", ID, ForeignKey("target.id"), primary_key=True, autoincrement=False),
    _need("document", ID, ForeignKey("document.id")),  # whose text is compared
    _need("form", STRING),  # what made words and a signature of it
    _may("wording", ID, ForeignKey("wording.id")),  # null: a text without words
    _need("rank", BigInteger),  # by date, first sight
    Index("duplicate_document_document", "document"),
    Index("duplicate_document_wording", "wording", "rank", "target"),
)

erasure = Table(
    "erasure",
    metadata,
    _id(),
    _need("digest", STRING),
    _need("at", TIME),
    _need("reason", STRING),
    _need("what", STRING),
    _may("document", ID),  # its number, where it was one; a release may still name it
    Index("erasure_document", "document"),
    Index("erasure_digest", "digest"),
    sqlite_autoincrement=True,
)

# What sites bring a day, in `archive/watching.py`, and the alarms that came of it.
daily = Table(
    "daily",
    metadata,
    Column("site", STRING, primary_key=True),
    Column("day", STRING, primary_key=True),  # UTC, as 2026-03-01
    Column("language", STRING, primary_key=True),  # empty for what has none
    Column("name", STRING, primary_key=True),
    _need("value", BigInteger),
    Index("daily_day", "day"),
    sqlite_with_rowid=False,
)

daily_mark = Table(
    "daily_mark",
    metadata,
    Column("name", STRING, primary_key=True),  # a table, or "judged"
    _need("value", BigInteger),  # the last id of the table that is counted, or the last day
)

alarm = Table(
    "alarm",
    metadata,
    _id(),
    _may("opened", ID),  # null where the alarm opens here; else that row, and it closes
    _need("site", STRING),  # empty: the whole archive
    _need("cause", STRING),  # fetching, silence, content
    _need("day", STRING),  # the first that was unusual, or the one on which that had ended
    _need("at", TIME),
    _need("detail", VALUE),
    UniqueConstraint("opened", name="alarm_opened_key"),
    sqlite_autoincrement=True,
)

alarm_told = Table(
    "alarm_told",
    metadata,
    Column("alarm", ID, primary_key=True, autoincrement=False),
    Column("channel", STRING, primary_key=True),  # webhook, mail
    _need("at", TIME),
)

# What duplicates what, for a join: a row for each document but representatives.
duplicate = Table(
    "duplicate",
    MetaData(),
    _need("document", ID),
    _need("representative", ID),
    _need("kind", STRING),  # exact, near
    _need("similarity", Float),  # to the representative
)

# The researchers' view. Apart from `metadata`, since migrations make it and no test compares it.
corpus = Table(
    "corpus",
    MetaData(),
    _need("id", ID),
    _need("url", STRING),
    _need("site", STRING),
    _may("title", STRING),
    _need("authors", VALUE),
    _may("published", STRING),
    _may("modified", STRING),
    _may("tags", VALUE),
    _may("image", STRING),
    _may("licence", STRING),
    _may("section", STRING),
    _need("language", STRING),
    _need("script", STRING),
    _need("text", STRING),
    _may("structure", STRING),
    _need("fetched_at", TIME),
)
