"""Pages with gold, and how an extractor's output is scored against it.

In: the folder of the development data (`bench/extraction`, `pages`, `seeds`; their READMEs say
what the fields of a gold are). Out: `Page` values, and for a page and an output one flat row of
figures. Tokens, shingles, segments and the comparison of metadata are those of the data's own
`score.py`, loaded from its place; lines, chrome and joiners are compared here.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SHARED = Path(__file__).parents[1] / "../shared"

# Sets whose gold was made by hand and whose pages a site served: only these decide. mozilla's and
# newspaper4k's gold is the output of one of the extractors; the others are too few or rendered.
DECIDING = (
    "aeb",
    "daniel",
    "fundus",
    "magic-article",
    "magic-forum",
    "southasia/real",
    "trafilatura",
)
HAND_READ = ("pages/dev", "seeds")  # every line assigned by hand: chrome, captions, paragraphs
VALIDATION_SHARE = 40  # per cent of the sites

_JOINERS = "\u200c\u200d"

Row = dict[str, float]
Output = Mapping[str, Any]  # text, title, authors, published; a key that is absent is not offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: where it lies, what is known of it, and its gold."""

    id: str
    set: str
    url: str
    language: str
    group: str
    file: Path
    gold: Mapping[str, Any]

    @property
    def is_plain(self) -> bool:
        """Whether it is plain text, not HTML."""
        return self.file.suffix == ".txt"

    @property
    def split(self) -> str:
        """``validation`` or ``steering``, by the hash of its site's host; see `split_of`."""
        return split_of(self.url, self.id)

    def body(self) -> bytes:
        """The bytes that were served."""
        raw = self.file.read_bytes()
        return gzip.decompress(raw) if self.file.suffix == ".gz" else raw


def split_of(url: str, id: str) -> str:  # noqa: A002 - the field's own name
    """Give the split of a page: all pages of one host fall on one side.

    A page without a host counts as a site of its own. `VALIDATION_SHARE` per cent of the hosts
    are for validation.

    >>> split_of("https://www.news.example/a", "x") == split_of("http://news.example/b", "y")
    True
    """
    host = (urlsplit(url).hostname or id).removeprefix("www.")
    number = int(sha256(host.encode()).hexdigest(), 16) % 100
    return "validation" if number < VALIDATION_SHARE else "steering"


def load(shared: Path) -> list[Page]:
    """All pages of the development data. Raises FileNotFoundError that names what is missing."""
    needed = [shared / "bench/extraction/score.py", shared / "pages/dev", shared / "seeds"]
    for path in needed:
        if not path.exists():
            raise FileNotFoundError(
                f"{path} is not here; name the folder of the data with --shared"
            )
    return [*_bench(shared / "bench/extraction/dev"), *_hand_read(shared)]


def _bench(folder: Path) -> Iterator[Page]:
    for listing in sorted(folder.glob("*/gold.jsonl")):
        for line in listing.read_text("utf-8").splitlines():
            gold = json.loads(line)
            name = gold["dataset"]
            if name == "southasia":  # real pages and rendered ones are two kinds of evidence
                name = "/".join(gold["id"].split("/")[:2])
            yield Page(
                id=gold["id"],
                set=name,
                url=gold["url"] or "",
                language=gold["lang"],
                group=gold["group"],
                file=listing.parent / gold["file"],
                gold=gold,
            )


def _hand_read(shared: Path) -> Iterator[Page]:
    for file in sorted((shared / "pages/dev").glob("*.gold.json")):
        gold = json.loads(file.read_text("utf-8"))
        yield Page(
            id=f"pages/dev/{gold['id']}",
            set="pages/dev",
            url=gold["url"],
            language=gold["language"].partition("-")[0],
            group=gold["kind"],
            file=file.with_name(file.name.replace(".gold.json", ".html.gz")),
            gold=gold,
        )
    for file in sorted((shared / "seeds").glob("*.json")):
        gold = json.loads(file.read_text("utf-8"))
        yield Page(
            id=f"seeds/{file.stem}",
            set="seeds",
            url="",
            language=gold["language"],
            group="seeds",
            file=file.with_suffix(".txt"),
            gold=_as_hand_read(gold),
        )


def _as_hand_read(seed: Mapping[str, Any]) -> dict[str, Any]:
    """Give a seed's gold the fields of `pages/dev`: its removals are chrome or captions."""
    captions = [part for one in seed["captions"] for part in (one["text"], one["credit"]) if part]
    asides = {folded(one) for one in captions}
    chrome = [one["text"] for one in seed["removed"] if folded(one["text"]) not in asides]
    body = folded(seed["text"])
    return {
        "text": seed["text"],
        "title": seed["title"],
        "author": seed["authors"],
        "published": seed["published"],
        "captions": captions,
        "chrome": chrome,
        "chrome_also_in_body": [one for one in chrome if folded(one) in body],
    }


def folded(text: str) -> str:
    """NFC without white space: what two renderings of one line share, joiners kept."""
    return "".join(unicodedata.normalize("NFC", text).split())


def without_joiners(text: str) -> str:
    """`folded`, ZWJ and ZWNJ taken out."""
    return folded(text).translate(dict.fromkeys(map(ord, _JOINERS)))


def asides_left(gold: Mapping[str, Any], text: str, key: str) -> tuple[int, int]:
    """How many of the gold's ``chrome`` or ``captions`` are in the text: as lines, inside lines.

    Inside a line counts only what the gold's body does not have too (its own list of these,
    `chrome_also_in_body`, is of whole words; here white space is out), and not what stands in
    another line of chrome, which counts itself.
    """
    lines = {without_joiners(line) for line in text.splitlines()}
    whole_only = {without_joiners(one) for one in gold["chrome_also_in_body"]}
    body = without_joiners(gold["text"])
    asides = {without_joiners(one) for one in (*gold["chrome"], *gold["captions"])}
    mixed = [line for line in lines if line not in asides]
    whole = inside = 0
    for one in map(without_joiners, gold[key]):
        if one in lines:
            whole += 1
        elif one not in whole_only and one not in body and any(one in line for line in mixed):
            inside += 1
    return whole, inside


def paragraphs_lost(gold: Mapping[str, Any], text: str) -> int:
    """How many paragraphs of the gold are not in the text, white space and joiners aside."""
    whole = without_joiners(text)
    return sum(without_joiners(one) not in whole for one in gold["text"].split("\n\n"))


def joiners_lost(gold: Mapping[str, Any], text: str) -> int:
    """How many ZWJ and ZWNJ the kept paragraphs of the gold have lost.

    >>> joiners_lost({"text": "نمی\u200cشود"}, "نمی\u200cشود"), joiners_lost(
    ...     {"text": "نمی\u200cشود"}, "نمیشود"
    ... )
    (0, 1)
    """
    joined = folded(text)
    places = [at for at, sign in enumerate(joined) if sign not in _JOINERS]
    bare = without_joiners(text)
    lost = 0
    for paragraph in gold["text"].split("\n\n"):
        wanted = without_joiners(paragraph)
        at = bare.find(wanted)
        if at < 0 or not wanted:
            continue
        # With the joiners at both ends, up to the letters before and behind.
        begin = places[at - 1] + 1 if at else 0
        end = (*places, len(joined))[at + len(wanted)]
        stretch = joined[begin:end]
        lost += max(0, _joiners(paragraph) - _joiners(stretch))
    return lost


def _joiners(text: str) -> int:
    return sum(map(text.count, _JOINERS))


class Scorer:
    """The figures of a page's output; keeps the gold's tokens from one system to the next."""

    def __init__(self, shared: Path) -> None:
        """Load `score.py` from the development data."""
        path = shared / "bench/extraction/score.py"
        spec = importlib.util.spec_from_file_location("score", path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(f"{path} is no module")
        self.score: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.score)
        self._golds: dict[str, tuple[Counter[Any], ...]] = {}

    def row(self, page: Page, output: Output) -> Row:
        """Score one output; a figure that the gold or the system does not have is left out.

        ``token_*``, ``shingle_*`` and ``line_*`` are precision, recall and F1 in 0..1; ``tp fn
        fp tn`` count segments and make ``segment_*``; ``title date author`` are 0 or 1; ``chrome
        chrome_inside captions captions_inside lost joiners`` count what is wrong on a page that
        was read by hand.
        """
        gold, text = page.gold, output.get("text") or ""
        row: Row = {}
        if gold.get("text") is not None:
            if page.id not in self._golds:
                self._golds[page.id] = self._units(gold["text"])
            pairs = zip(self._golds[page.id], self._units(text), strict=True)
            for name, pair in zip(("token", "shingle", "line"), pairs, strict=True):
                figures = zip("prf", self.score.prf(*pair), strict=True)
                row |= {f"{name}_{key}": value for key, value in figures}
        if gold.get("with") or gold.get("without"):
            counts = self.score.segment_counts(gold, text)
            row |= dict(zip(("tp", "fn", "fp", "tn"), counts, strict=True))
            row["segment_p"], row["segment_r"], row["segment_f"] = segment_prf([row])
        if page.set in HAND_READ:
            for key in ("chrome", "captions"):
                row[key], row[f"{key}_inside"] = asides_left(gold, text, key)
            row["lost"] = paragraphs_lost(gold, text)
            row["joiners"] = joiners_lost(gold, text)
        return row | self._metadata(gold, output)

    def _units(self, text: str) -> tuple[Counter[Any], ...]:
        tokens = self.score.tokens(text)
        lines = ("".join(self.score.norm(line).split()) for line in text.splitlines())
        return Counter(tokens), self.score.shingles(tokens), Counter(line for line in lines if line)

    def _metadata(self, gold: Mapping[str, Any], output: Output) -> Row:
        row: Row = {}
        if gold.get("title") and "title" in output:
            row["title"] = self.score.title_scores(gold["title"], output["title"])[0]
        date = self.score.day(gold.get("date") or gold.get("published"))
        if date and "published" in output:
            row["date"] = date == self.score.day(output["published"])
        if gold.get("author") and "authors" in output:
            row["author"] = self.score.author_score(gold["author"], output["authors"])
        return row


def mean(rows: Iterable[Row], key: str) -> float | None:
    """The mean of a figure over the rows that have it."""
    values = [row[key] for row in rows if key in row]
    return sum(values) / len(values) if values else None


def segment_prf(rows: Iterable[Row]) -> tuple[float, float, float]:
    """Precision, recall and F1 over all segments of the rows, pooled; 0 where none was right."""
    counted = [row for row in rows if "tp" in row]
    tp, fn, fp = (sum(row[key] for row in counted) for key in ("tp", "fn", "fp"))
    if not tp:
        return 0.0, 0.0, 0.0
    return tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fn + fp)


def shingle_f1(rows: Sequence[Row]) -> float | None:
    """Mean over pages of the F1 of 4-token shingles; None where no gold has a full text."""
    return mean(rows, "shingle_f")


def segment_f1(rows: Sequence[Row]) -> float | None:
    """F1 of pooled segments; None where no gold has any."""
    return segment_prf(rows)[2] if any("tp" in row for row in rows) else None
