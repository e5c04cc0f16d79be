"""The index beside a WARC: CDXJ as pywb reads it, sorted by SURT, for any number of captures.

Captures go in as they are written, with their place in the file; a file of lines
``surt timestamp {json}`` comes out.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from archiver.export.whole import whole

# What the key leaves out, as the Internet Archive's canonicalisation, which pywb looks up by, does
# (its package surt): the names of web servers, and sessions.
_WWW = re.compile(r"^www\d*\.")
_PATH_SESSION = re.compile(r"/\([a-z]\([0-9a-z]{24}\)\)(?=/)")
_QUERY_SESSION = re.compile(
    r"(?:^|&)(?:jsessionid=[0-9a-z$]{10,}|sessionid=[0-9a-z]{16}|phpsessid=[0-9a-z]{32}"
    r"|sid=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|cfid=[^&]+&cftoken=[^&]+)(?=&|$)"
)
_ESCAPE = re.compile("%([0-9a-f]{2})")
# Escapes of these, and of what is no visible ASCII, stay.
_VISIBLE = frozenset(range(0x21, 0x7F)) - frozenset(b"%#")


def _unescaped(text: str) -> str:
    """Escapes that need not be, undone; those that are kept in lower case."""

    def one(hit: re.Match[str]) -> str:
        byte = int(hit[1], 16)
        return chr(byte).lower() if byte in _VISIBLE else hit[0]

    raw = "".join(
        letter if " " < letter < "\x7f" else "".join(f"%{byte:02x}" for byte in letter.encode())
        for letter in text
    )
    return _ESCAPE.sub(one, raw)


def surt(url: str) -> str:
    """The Sort-friendly URI Reordering Transform of an http or https URL: the key of an index.

    >>> surt("https://www.News.example:443/Desk/?b=2&a=1#top")
    'example,news)/desk?a=1&b=2'
    """
    parts = urlsplit(url)
    scheme, _, port = parts.scheme.lower(), parts.hostname, parts.port
    host = _WWW.sub("", (parts.hostname or "").lower().rstrip("."))
    labels = host if ":" in host else ",".join(reversed(host.split(".")))
    shown = f":{port}" if port and port != {"http": 80, "https": 443}.get(scheme) else ""
    path = _PATH_SESSION.sub("", _unescaped(parts.path.lower()))
    path = re.sub("/+", "/", path).rstrip("/")
    query = _QUERY_SESSION.sub("", _unescaped(parts.query.lower())).strip("&")
    ordered = "&".join(sorted(query.split("&")))
    return f"{labels}{shown}){path or '/'}{'?' + ordered if ordered else ''}"


class Index:
    """Lines sorted in a file of their own, not in memory; used within `open`."""

    def __init__(self, connection: sqlite3.Connection, filename: str) -> None:
        """Take a database that nothing else uses, and the name of the WARC."""
        self.connection = connection
        self.filename = filename
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("CREATE TABLE line (line BLOB)")

    def add(
        self,
        url: str,
        timestamp: str,
        mime: str,
        status: int,
        digest: str,
        offset: int,
        length: int,
    ) -> None:
        """Take one capture; `timestamp` has 14 digits, `length` is that of the record as stored."""
        told = {
            "url": url,
            "mime": mime,
            "status": str(status),
            "digest": digest,
            "length": str(length),
            "offset": str(offset),
            "filename": self.filename,
        }
        line = f"{surt(url)} {timestamp} ".encode() + orjson.dumps(told)
        self.connection.execute("INSERT INTO line VALUES (?)", (line,))

    def write(self, path: Path) -> None:
        """Write the lines in order of their bytes. Raises what `whole` does."""
        with whole(path) as part, part.open("wb") as out:
            for (line,) in self.connection.execute("SELECT line FROM line ORDER BY line"):
                out.write(line + b"\n")
