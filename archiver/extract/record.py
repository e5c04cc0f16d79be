"""A document that somebody else cleaned, one JSON object, in; its page out. Pure.

The text stands as it is: nothing is detected, weighed or cut. A blank line parts its paragraphs,
each is a block whose path has its code, ``/h2[3]`` for the third. What the object does not say of
language and script is told from the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from archiver.errors import Uncleanable
from archiver.extract import language
from archiver.extract.blocks import refuse_more
from archiver.model import RECORD, Block, Metadata, Page, Snapshot
from archiver.text import normal, scripts
from archiver.text.language_codes import canonical, canonical_script

SOURCE = "row"  # of its dates
_CODE = re.compile(r"h[1-6]?|p|quote|pre|\+|(?:li|ol|table|tr|td)[0-9]{0,3}", re.ASCII)
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)  # BCP 47
_SCRIPT = re.compile(r"[A-Za-z]{4}", re.ASCII)  # ISO 15924
_MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?", re.ASCII)  # which `fromisoformat` does not read


def page(snapshot: Snapshot) -> Page:
    """Lay a record out. Raises Uncleanable, which names the field, for what is none.

    `text` is needed; `title`, `section`, `image`, `licence`, `language`, `script` are texts,
    `authors`, `tags`, `structure` lists of them, `published` and `modified` ISO 8601.
    """
    try:
        row = orjson.loads(snapshot.body)
    except orjson.JSONDecodeError as fault:
        raise _wrong(f"no JSON: {fault}") from fault
    if not isinstance(row, dict):
        raise _wrong("no JSON object")
    if not isinstance(row.get("text"), str):
        raise _wrong("text is missing" if row.get("text") is None else "text is no text")
    text = normal.nfc(row["text"])
    refuse_more(text.count("\n\n"))
    blocks = _blocks(text, _texts(row, "structure"))
    published, modified = _date(row, "published"), _date(row, "modified")
    told = _identity(text, _language(row), _script(row))
    return Page(
        url=snapshot.url,
        media_type=RECORD,
        blocks=blocks,
        fetched_at=snapshot.fetched_at,
        metadata=Metadata(
            title=_text(row, "title"),
            authors=_texts(row, "authors"),
            published=published,
            published_source=SOURCE if published else "",
            modified=modified,
            modified_source=SOURCE if modified else "",
            section=_text(row, "section"),
            tags=_texts(row, "tags"),
            image=_text(row, "image"),
            licence=_text(row, "licence"),
        ),
        language=told.language,
        script=told.script,
        confidence=round(told.confidence, 4),
        systems=(RECORD,),
    )


def _wrong(what: str) -> Uncleanable:
    return Uncleanable("extract", what, "mend it and import it again")


def _blocks(text: str, codes: tuple[str, ...]) -> tuple[Block, ...]:
    """The paragraphs; plain ones where the codes are not theirs (as of a text in Markdown)."""
    paragraphs = text.split("\n\n") if text else []
    if len(codes) != len(paragraphs) or not all(map(_CODE.fullmatch, codes)):
        codes = ("p",) * len(paragraphs)
    return tuple(
        Block(f"/{code}[{number}]", paragraph)
        for number, (code, paragraph) in enumerate(zip(codes, paragraphs, strict=True), 1)
    )


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise _wrong(f"{name} is no text")
    return None if value is None else normal.nfc(value)


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(f"{name} is no list of texts")
    return tuple(map(normal.nfc, value))


def _date(row: Mapping[str, Any], name: str) -> str | None:
    value = _text(row, name)
    if value and not _MONTH.fullmatch(value):
        try:
            datetime.fromisoformat(value)
        except ValueError as fault:
            raise _wrong(f"{name} is no ISO 8601 date: {value[:40]!r}") from fault
    return value or None


def _language(row: Mapping[str, Any]) -> str | None:
    value = _text(row, "language")
    if value and not _TAG.fullmatch(value):
        raise _wrong(f"language is no BCP 47 tag: {value[:40]!r}")
    return canonical(value) if value else None


def _script(row: Mapping[str, Any]) -> str | None:
    value = _text(row, "script")
    if value and not _SCRIPT.fullmatch(value):
        raise _wrong(f"script is no ISO 15924 code: {value[:40]!r}")
    return canonical_script(value) if value else None


def _identity(text: str, stated: str | None, script: str | None) -> language.Identity:
    """What is stated, and of the rest what the text tells."""
    if stated is None:
        told = language.identify(language.sample(text.split("\n\n")))
        return language.Identity(told.language, script or told.script, told.confidence)
    return language.Identity(stated, script or scripts.main(text), 0.0)
