"""One document, or a stream of them, cleaned without an archive: `clean`."""

from __future__ import annotations

import json
import sys
from binascii import a2b_base64
from dataclasses import asdict
from io import UnsupportedOperation
from pathlib import Path
from typing import IO, Any, NoReturn

import click

from archiver.cli.shared import EXIT_FAILED, cleaner_of, now
from archiver.errors import ArchiverError, BadInput, Uncleanable
from archiver.export.jsonl import line as jsonl_line
from archiver.fetch import urls
from archiver.model import Snapshot
from archiver.settings import Settings
from archiver.text.quality import signals
from archiver.work.cleaning import Cleaner, as_record, media_type_of

# Bytes that are read at once: by the eight thousand of Python, reading took 1 % of the time.
_AHEAD = 1 << 20


@click.command()
@click.argument("file", default="-", type=click.Path(allow_dash=True))
@click.option("--url", default="", help="The page's URL, for its site's rules.")
@click.option("--type", "media_type", type=click.Choice(["html", "text"]), help="What it is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, removals and all.")
@click.option("--jsonl", is_flag=True, help="Filter: {id, url, html_b64 or text} a line, in order.")
@click.pass_obj
def clean(
    chosen: Settings, file: str, url: str, media_type: str | None, as_json: bool, jsonl: bool
) -> None:
    """Clean one HTML or plain-text document, with no archive; print its text."""
    cleaner = cleaner_of(chosen)
    if jsonl:
        with _source(file) as source:
            failed = sum(not _clean_line(cleaner, line) for line in source if not line.isspace())
        sys.exit(EXIT_FAILED if failed else 0)
    with _source(file) as source:
        body = source.read()
    told = {"html": "text/html", "text": "text/plain"}.get(media_type or "", "")
    snapshot = Snapshot(
        url=url, fetched_at=now(), body=body, content_type=told or media_type_of(Path(file))
    )
    try:
        page = cleaner.page(snapshot, _site(url))
        document = cleaner.document(page, _site(url))
    except Uncleanable as fault:
        raise ArchiverError(f"{file}: {fault}") from fault
    if as_json:
        quality = signals(document.text, document.language, document.languages)
        record = {**as_record(page, document), "signals": asdict(quality)}
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        click.echo(document.text)


def _source(file: str) -> IO[bytes]:
    """A file or standard input, open, and read far ahead: a line may be a megabyte.

    Raises BadInput.
    """
    opened: str | int = file
    if file == "-":
        try:
            opened = sys.stdin.fileno() if sys.stdin else 0
        except UnsupportedOperation:  # of what stands in for standard input
            return sys.stdin.buffer
    try:
        return open(opened, "rb", buffering=_AHEAD, closefd=opened is file)
    except OSError as fault:
        raise BadInput(f"{file}: {fault.strerror}") from fault


def _site(url: str) -> str:
    return urls.site(url) if url else ""


def _asked(line: bytes) -> dict[str, Any]:
    try:
        # Not orjson, which makes a float of an id of more than 64 bits.
        asked = json.loads(line, parse_constant=_refuse_constant)
    except ValueError as fault:
        raise BadInput(f"no JSON: {fault}") from fault
    if not isinstance(asked, dict):
        raise BadInput("a line is one JSON object with id and html_b64 or text")
    return asked


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _clean_line(cleaner: Cleaner, line: bytes) -> bool:
    """Clean one line of the filter's input, and write one line whatever comes of it."""
    name: object = None
    try:
        asked = _asked(line)
        name = asked.get("id")
        record = _cleaned(cleaner, asked)
    except ArchiverError as fault:
        record = {"id": name, "error": str(fault)}
    except Exception as fault:  # noqa: BLE001 - one document must not end the batch
        record = {"id": name, "error": f"{type(fault).__name__}: {fault}"}
    sys.stdout.buffer.write(jsonl_line(record))
    return "error" not in record


def _cleaned(cleaner: Cleaner, asked: dict[str, Any]) -> dict[str, Any]:
    url = str(asked.get("url") or "")
    if isinstance(asked.get("html_b64"), str):
        try:
            # What `base64.b64decode` calls, on a copy that took as long as the decoding.
            body, kind = a2b_base64(asked["html_b64"], strict_mode=True), "text/html"
        except ValueError as fault:
            raise BadInput(f"html_b64 is no base64: {fault}") from fault
    elif isinstance(asked.get("text"), str):
        body, kind = asked["text"].encode("utf-8", "replace"), "text/plain"
    else:
        raise BadInput("html_b64 or text is missing")
    try:
        site = _site(url)
    except BadInput:
        site = ""  # a page saved from nowhere has no site's rules
    snapshot = Snapshot(url=url, fetched_at=now(), body=body, content_type=kind)
    page = cleaner.page(snapshot, site)
    return {"id": asked.get("id"), **as_record(page, cleaner.document(page, site))}
