"""WARC records as other tools write them, byte by byte, for tests of reading."""

from __future__ import annotations

import base64
import gzip
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from uuid import uuid4

AT = datetime(2024, 2, 29, 8, 15, tzinfo=UTC)
STORY = "".join(
    f"<p>The river rose by {n} metres in the night, and the ferry did not leave its pier.</p>"
    for n in range(8)
)
PAGE = f"<!doctype html><html lang=en><body><article><h1>Rain</h1>{STORY}</article></body></html>"


def stamp(at: datetime) -> str:
    """A time as a WARC has it."""
    return at.isoformat().replace("+00:00", "Z")


def record(kind: str, block: bytes, url: str = "", at: datetime = AT, **fields: str) -> bytes:
    """Write a record; names of fields have an underscore for each hyphen."""
    stated = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid4()}>",
        "WARC-Date": stamp(at),
        **({"WARC-Target-URI": url} if url else {}),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    stated = {"Content-Length": str(len(block)), **stated}
    head = "".join(f"{name}: {value}\r\n" for name, value in stated.items() if value)
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def digest(body: bytes) -> str:
    """A payload's digest as most tools state it."""
    return f"sha1:{base64.b32encode(sha1(body, usedforsecurity=False).digest()).decode()}"


def http(body: bytes, status: str, *headers: tuple[str, str]) -> bytes:
    """Write an HTTP answer."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def response(
    url: str = "https://news.example/rain",
    body: bytes = PAGE.encode(),
    status: str = "200 OK",
    *headers: tuple[str, str],
    at: datetime = AT,
    **fields: str,
) -> bytes:
    """Write a response record, of HTML unless a header says otherwise."""
    named = any(name.lower() == "content-type" for name, _ in headers)
    sent = headers if named else (("Content-Type", "text/html; charset=utf-8"), *headers)
    stated = {
        "Content_Type": "application/http; msgtype=response",
        "WARC_Payload_Digest": digest(body),
        **fields,
    }
    return record("response", http(body, status, *sent), url, at, **stated)


class Recorder:
    """A .warc.gz of such records, each a member of its own."""

    def __init__(self, path: Path) -> None:
        """Begin with what every tool begins with."""
        self.path = path
        self.members: list[bytes] = []
        self.put(record("warcinfo", b"software: test\r\n"))

    def put(self, one: bytes) -> int:
        """Add a record; its place."""
        place = sum(map(len, self.members))
        self.members.append(gzip.compress(one, mtime=0))
        return place

    def saved(self) -> Path:
        """Write the file."""
        self.path.write_bytes(b"".join(self.members))
        return self.path


def revisit(
    url: str, at: datetime, of: tuple[str, datetime], *headers: tuple[str, str], payload: str = ""
) -> bytes:
    """Write a record that says that an earlier one came again."""
    return record(
        "revisit",
        http(b"", "200 OK", *headers),
        url,
        at,
        Content_Type="application/http; msgtype=response",
        WARC_Refers_To_Target_URI=of[0],
        WARC_Refers_To_Date=stamp(of[1]),
        WARC_Payload_Digest=payload,
    )
