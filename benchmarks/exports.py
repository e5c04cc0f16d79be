"""How fast an archive is exported, beside what pyarrow, DuckDB and SQLite make of the same data.

    python -m benchmarks.exports
    python -m benchmarks.exports --documents 1000000 --folder /var/tmp/big

Makes an archive of documents with made-up words in the letters of ten languages (about 6 KB of
UTF-8 each; or opens the one that `--folder` has from before), then runs `archiver export`, a
process each, and beside it the copy that a tool makes of the same rows from its own Parquet or
SQLite file, also a process each: pyarrow and DuckDB read Parquet and write Parquet and compressed
JSON Lines; SQLite copies the table, makes the same indexes and the same full-text index. Prints MB
of text a second of processor time, the share of the copy's rate, and the most memory of each. The
last lines are the memory of a tenth of the archive.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import exp
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam

from archiver.archive import engine as archive
from archiver.archive import store
from archiver.archive import tables as t
from archiver.archive.packing import digest
from archiver.model import Document, Metadata

BEGUN = datetime(2020, 1, 1, tzinfo=UTC)
BATCH = 1000
# Words of a document: log-normal, as lengths of texts of pages are. Of 787 saved pages of news the
# 5th, 50th and 95th of a hundred have 69, 415 and 2209; here 52, 270 and 1400.
WORDS, SPREAD, MOST = 270, 1.0, 15_000
VOCABULARY = 20_000
# First letters and how many follow that letters of words are drawn from.
LETTERS = {
    "hi": ("Deva", "कखगघचछजझटठडढतथदधनपफबभमयरलवशसह", "ािीुूेैोौ"),
    "bn": ("Beng", "কখগঘচছজঝটঠডঢতথদধনপফবভমযরলশসহ", "ািীুূেৈোৌ"),
    "ta": ("Taml", "கஙசஞடணதநபமயரலவழளறன", "ாிீுூெேைொோ"),
    "te": ("Telu", "కఖగఘచఛజటఠడణతథదధనపఫబభమయరలవశసహ", "ాిీుూెేైొో"),
    "ml": ("Mlym", "കഖഗഘചഛജടഠഡണതഥദധനപഫബഭമയരലവശസഹ", "ാിീുൂെേൈൊോ"),
    "ur": ("Arab", "ابپتٹجچحخدڈرزسشصطعغفقکگلمنوہی", "ایو"),
    "si": ("Sinh", "කඛගඝචඡජටඩණතථදධනපඵබභමයරලවසහ", "ාැිීුූෙේොෝ"),
    "ne": ("Deva", "कखगघचछजटठडतथदधनपबभमयरलवशसह", "ािीुूेो"),
    "id": ("Latn", "bcdfghjklmnprstwy", "aeiou"),
    "en": ("Latn", "bcdfghjklmnprstvwz", "aeiou"),
}
FORMATS = {"parquet": ".parquet", "jsonl.zst": ".jsonl.zst", "sqlite": ".sqlite"}
PYARROW = """
import sys, pyarrow.parquet as pq
source = pq.ParquetFile(sys.argv[1])
out = pq.ParquetWriter(sys.argv[2], source.schema_arrow, compression="zstd", compression_level=3)
for group in range(source.num_row_groups):
    out.write_table(source.read_row_group(group))
out.close()
"""
DUCKDB = """
import sys, duckdb
form = "json" if "jsonl" in sys.argv[2] else "parquet"
duckdb.execute("SET threads = 1; SET enable_progress_bar = false")
duckdb.execute(f"COPY (FROM '{sys.argv[1]}') TO '{sys.argv[2]}' (FORMAT {form}, COMPRESSION zstd)")
"""
SQLITE = """
import sqlite3, sys
out = sqlite3.connect(sys.argv[2], isolation_level=None)
out.execute("PRAGMA journal_mode = OFF")
out.execute("PRAGMA synchronous = OFF")
out.execute("ATTACH ? AS source", (sys.argv[1],))
out.execute("BEGIN")
for name, made in out.execute(
    "SELECT name, sql FROM source.sqlite_master WHERE sql LIKE 'CREATE%'"
    " AND name NOT LIKE 'corpus_fts_%' ORDER BY type = 'index', rootpage DESC"
).fetchall():
    out.execute(made)
    if name == "corpus":
        out.execute("INSERT INTO corpus SELECT * FROM source.corpus")
out.execute("INSERT INTO corpus_fts(corpus_fts) VALUES ('rebuild')")
out.execute("COMMIT")
"""
COPIES = {
    "parquet": {"pyarrow": PYARROW, "DuckDB": DUCKDB},
    "jsonl.zst": {"DuckDB": DUCKDB},
    "sqlite": {"SQLite": SQLITE},
}


def vocabulary(language: str, chance: random.Random) -> list[str]:
    """Words of two to five syllables."""
    _, heads, tails = LETTERS[language]
    return [
        "".join(chance.choice(heads) + chance.choice(tails) for _ in range(chance.randint(1, 4)))
        for _ in range(VOCABULARY)
    ]


def documents(count: int) -> Iterator[tuple[str, Document]]:
    """So many documents, each with its site."""
    chance = random.Random(7)  # noqa: S311 - the same archive every time
    words = {language: vocabulary(language, chance) for language in LETTERS}
    # Few words are most of a text (Zipf): chosen by the cube of a number below 1.
    for number in range(count):
        language = chance.choice([*LETTERS])
        known = words[language]
        length = min(11 + int(WORDS * exp(SPREAD * chance.gauss(0, 1))), MOST)
        picked = [known[int(VOCABULARY * chance.random() ** 3)] for _ in range(length)]
        paragraphs = [" ".join(picked[at : at + 40]) + "." for at in range(0, length, 40)]
        when = BEGUN + timedelta(minutes=number % 3_000_000)
        yield (
            f"{language}{number % 30}.example",
            Document(
                cleaner="made",
                metadata=Metadata(
                    title=" ".join(picked[:8]),
                    authors=(" ".join(picked[8:10]),),
                    published=when.isoformat(),
                    section=picked[10],
                ),
                language=language,
                script=LETTERS[language][0],
                text="\n\n".join(paragraphs),
                structure=("p",) * len(paragraphs),
            ),
        )


def fill(database: Path, count: int) -> None:
    """Make the archive. Its pages have no bytes: no export of documents reads them."""
    archive.upgrade(f"sqlite:///{database}")
    engine = archive.connect(f"sqlite:///{database}")
    with archive.write(engine) as c:
        run = store.start_run(c, "import", {}, BEGUN)
        store.put_cleaner(c, "made", {}, BEGUN)
    made = enumerate(documents(count), 1)
    known: set[str] = set()
    while batch := [(number, *one) for number, one in islice(made, BATCH)]:
        hosts = {host for _, host, _ in batch}
        with archive.write(engine) as c:
            _put(c, run, batch, hosts - known)
        known |= hosts
    engine.dispose()


def _put(c: Connection, run: int, made: list[tuple[int, str, Document]], new: set[str]) -> None:
    """Store documents as bare rows, many at a time; page by page it takes ten times as long."""
    for host in sorted(new):
        store.put_site(c, host, {}, BEGUN)
    rows: dict[Table, list[dict[str, Any]]] = {
        t.body: [],
        t.target: [],
        t.snapshot: [],
        t.text: [],
        t.document: [],
    }
    for number, host, document in made:
        url = f"https://{host}/{number}"
        body = digest(url.encode())
        rows[t.body].append({"digest": body, "length": len(url)})
        rows[t.target].append(
            {"id": number, "url": url, "site": host, "origin": f"https://{host}", "kind": "page"}
            | {"found_at": BEGUN, "stated_date": "", "stated_title": "", "failures": 0}
            | {"state": "active", "fetches": 1}
        )
        rows[t.snapshot].append(
            {"id": number, "target": number, "body": body, "url": url, "fetched_at": BEGUN}
            | {"content_type": "text/html"}
        )
        name, words = store.text_of(document)
        rows[t.text].append({"digest": name, "text": words})
        told = store.document_values(number, document)
        rows[t.document].append({**told, "id": number, "run": run, "at": BEGUN})
    for table, values in rows.items():
        c.execute(table.insert(), values)
    ids = [{"number": number} for number, _, _ in made]
    points: dict[str, Any] = {"document": bindparam("number"), "snapshot": bindparam("number")}
    c.execute(t.target.update().where(t.target.c.id == bindparam("number")).values(points), ids)


def measured(*words: str) -> tuple[float, float]:
    """Seconds of processor time and MB of memory at most of a process that ends well."""
    child = subprocess.Popen(words, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, words
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def export(database: Path, form: str, out: Path) -> tuple[float, float]:
    """Export, and measure that."""
    words = ("--database", str(database), "export", "--format", form, "--output", str(out))
    return measured(sys.executable, "-m", "archiver", *words)


def main() -> None:
    """Make the archive, export it, copy it, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        large, small = folder / "large.db", folder / "small.db"
        for database, count in ((large, asked.documents), (small, asked.documents // 10)):
            if not database.exists():
                fill(database, count)
        with closing(sqlite3.connect(large)) as c:
            (size,) = c.execute("SELECT sum(length(CAST(text AS BLOB))) FROM text").fetchone()
        megabytes = size / 1e6
        print(f"{asked.documents} documents, {megabytes:.0f} MB of text")
        for form, end in FORMATS.items():
            _one(folder, form, end, megabytes)
        for end in FORMATS.values():  # the archives stay, for the next time
            (folder / f"made{end}").unlink()


def _one(folder: Path, form: str, end: str, megabytes: float) -> None:
    made = folder / f"made{end}"
    seconds, memory = export(folder / "large.db", form, made)
    small = folder / f"small{end}"
    _, few = export(folder / "small.db", form, small)
    small.unlink()
    print(
        f"{form}: {megabytes / seconds:.0f} MB/s, {memory:.0f} MB of memory"
        f" ({few:.0f} MB for a tenth), {made.stat().st_size / 1e6:.0f} MB written"
    )
    # Parquet for all but SQLite: the rows as the tool has them at its best.
    source = made if form == "sqlite" else folder / "made.parquet"
    for name, script in COPIES[form].items():
        copy = folder / f"copy{end}"
        copy.unlink(missing_ok=True)
        taken, most = measured(sys.executable, "-c", script, str(source), str(copy))
        print(
            f"    {name}'s copy: {megabytes / taken:.0f} MB/s, {most:.0f} MB of memory;"
            f" ours takes {seconds / taken:.2f} times as long"
        )
        copy.unlink()


if __name__ == "__main__":
    main()
