"""The language and script of a text: BCP 47, ISO 639-3 and ISO 15924, ``und`` rather than a guess.

A script that one language of our field uses decides alone. For the scripts that many use, a table
of runs of letters (`languages.npz`, made by `benchmarks/language_table.py`) weighs the languages,
and what CLD2 says of them and what the page declares are evidence beside it. Other scripts, and
text in Latin letters that is no romanised South Asian language, are CLD2's, whose model is inside
the pycld2 package.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pycld2  # type: ignore[import-untyped]
from numpy.typing import NDArray

from archiver.extract import ngrams
from archiver.model import Share
from archiver.text import scripts
from archiver.text.language_codes import iso639_3

# CLD2 is as sure after this many characters as it will be; the table after half of them.
MAX_CHARACTERS = 2000
_ENOUGH = 1000
# Of a paragraph so much is looked at; with fewer letters it counts as the text around it.
_PARAGRAPH = 300
_TELLING = 40
# What all paragraphs begin with tells whether they are of one language.
_OPENING = 80
FILE = Path(__file__).with_name("languages.npz")
UNKNOWN = "und"

# Scripts that name their language on a news page.
_BY_SCRIPT = {
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Gujr": "gu",
    "Guru": "pa",
    "Orya": "or",
    "Thaa": "dv",
    "Olck": "sat",
    "Mtei": "mni",
    "Cakm": "ccp",
    "Lepc": "lep",
    "Limb": "lif",
    "Rohg": "rhg",
}
# CLD2 says ``bh`` for these alike.
_CLD2_GROUPS = {"bh": ("bho", "mai", "mag", "anp")}
_NAMES = {"iw": "he", "jw": "jv", "in": "id", "zh-Hant": "zh", "sr-ME": "sr"}
# What CLD2's whole weight, and a fitting declaration, add to a language's log-odds. CLD2: of 0,
# 1, 2 and 4, tried with a table that no labelled text had taught, 1 and 2 were best, one each.
# The declaration: 94 % of 642 pages declare what they are written in, which is 2.7; by this much
# it lifts labelled short texts from 90 to 96 % right, a false one costs 2 points there.
_CLD2 = 1.5
_DECLARED = 2.0
# The table was taught as if every language were as common as Hindi. These two are next to it, have
# no news site that we know of, and took short texts of Hindi and Bhojpuri for their own: e^2 times
# rarer. With 2 all sentences of hi, mr and ne are right (with 1, 99.2 %), with 3 Angika loses more.
_RARER = {"awa": 2.0, "anp": 2.0}
# Below it there is no answer: a text of fewer letters than a word or two, or of a language
# that the table has not.
_SURE = 0.4
_MOST = 0.5  # of a text
_NEARLY_ALL = 0.9
# Romanised text is rare on news pages, lists of names in Latin letters are not.
_SURE_ROMANISED = 0.7
# Of words in romanised text, the share that look English, above which it is called mixed.
_MIXED = 0.25
# Controls and Unicode's noncharacters: CLD2 calls them invalid and refuses the whole text.
_LAST_TWO = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNREADABLE = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufdd0-\ufdef{_LAST_TWO}]")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a text is written in.

    `language` is BCP 47, with the script where it is not the usual one (``hi-Latn``), or ``und``;
    `script` ISO 15924; `confidence` between 0 and 1, of the language; `mixed` the language
    that the words of another are mixed with, or empty.
    """

    language: str
    script: str
    confidence: float
    mixed: str = ""

    @property
    def iso639_3(self) -> str:
        """The ISO 639-3 code of the language; ``und`` where there is none."""
        return iso639_3(self.language)


@dataclass(frozen=True, slots=True)
class _Table:
    """Points of each bucket for each language of a script; their sum is a logarithm of odds."""

    languages: tuple[str, ...]
    points: NDArray[np.int8]  # (buckets, languages)
    unit: float
    base: NDArray[np.float64]
    romanised: NDArray[np.bool_]  # the languages that are another script's


@cache
def digest() -> str:
    """The name of the table, for the extractor's recipe."""
    return sha256(FILE.read_bytes()).hexdigest()[:16]


@cache
def _tables() -> Mapping[str, _Table]:
    with np.load(FILE, allow_pickle=False) as held:
        return {
            script: _Table(
                languages=tuple(map(str, held[f"{script}.languages"])),
                points=np.ascontiguousarray(held[f"{script}.points"]),
                unit=float(held[f"{script}.unit"]),
                base=held[f"{script}.base"] - _rarer(held[f"{script}.languages"]),
                romanised=np.char.endswith(held[f"{script}.languages"], "-Latn"),
            )
            for script in map(str, held["scripts"])
        }


def _rarer(languages: NDArray[np.str_]) -> NDArray[np.float64]:
    return np.array([_RARER.get(str(code), 0.0) for code in languages])


def sample(lines: Iterable[str]) -> str:
    """The first `MAX_CHARACTERS` of `lines` put together."""
    taken: list[str] = []
    length = 0
    for line in lines:
        taken.append(line)
        length += len(line) + 1
        if length >= MAX_CHARACTERS:
            break
    return "\n".join(taken)[:MAX_CHARACTERS]


def _cld2(text: str) -> tuple[bool, list[tuple[str, float]]]:
    """Whether CLD2 is sure, and its languages with their shares of the text."""
    text = text.replace("\n", " ")
    if not text.isprintable() or "\ufffd" in text:  # what can be printed holds none of the others
        text = _UNREADABLE.sub(" ", text)
    reliable, _, details = pycld2.detect(text, isPlainText=True)
    told = [(_NAMES.get(code, code), percent / 100) for _, code, percent, _ in details]
    return reliable, [(code, share) for code, share in told if code != "un" and code[:2] != "zz"]


def _declared(declared: str | None, script: str, languages: Iterable[str]) -> str:
    """Which of `languages` a page's declaration names, or nothing."""
    tag = (declared or "").replace("_", "-").lower()
    primary = tag.partition("-")[0]
    known = {each.lower(): each for each in languages if each != "other"}
    return known.get(tag) or known.get(f"{primary}-{script.lower()}") or known.get(primary, "")


def _chances(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(odds - odds.max())
    return np.asarray(raised / raised.sum())


def _by_cld2(cld2: tuple[bool, list[tuple[str, float]]], script: str, english: float) -> Identity:
    """CLD2's word, where it is sure of the text or of most of it; else `english`, if likely."""
    reliable, told = cld2
    if told and (reliable or told[0][1] >= _MOST):
        return Identity(told[0][0], script, max(told[0][1], english))
    return Identity("en" if english > _MOST else UNKNOWN, script, english)


def _english(table: _Table, best: int, rows: NDArray[np.int8], word: NDArray[np.intp]) -> float:
    """The share of words that look English rather than the language of column `best`."""
    lean = rows[:, table.languages.index("en")].astype(float) - rows[:, best]
    return float(np.mean(np.bincount(word, lean)[1:] > 0))


def _by_table(table: _Table, text: str, script: str, declared: str | None) -> Identity:
    """The likeliest language by the table, CLD2 and the declaration together."""
    letters = ngrams.words(text[:_ENOUGH], script)
    if len(letters) < 2:  # noqa: PLR2004 - its letters all stand further on
        letters = ngrams.words(text, script)
    buckets, starts = ngrams.buckets(letters)
    rows = table.points.take(buckets, axis=0)
    # By the root of their number: twice as many letters are not twice as much evidence.
    odds = rows.sum(axis=0, dtype=np.int32) * (table.unit / len(buckets) ** 0.5) + table.base
    cld2 = _cld2(text)
    for code, share in cld2[1]:
        known = [each for each in _CLD2_GROUPS.get(code, (code,)) if each in table.languages]
        for language in known or (["other"] if script == "Latn" else []):
            odds[table.languages.index(language)] += _CLD2 * share
    chances = _chances(odds)
    if script == "Latn":
        if chances[table.romanised].sum() < _SURE_ROMANISED:
            return _by_cld2(cld2, script, float(chances[table.languages.index("en")]))
        odds[~table.romanised] = -np.inf
    if named := _declared(declared, script, table.languages):
        odds[table.languages.index(named)] += _DECLARED
    chances = _chances(odds)
    best = int(chances.argmax())
    told, confidence = table.languages[best], float(chances[best])
    if told == "other" or confidence < _SURE:
        return Identity(UNKNOWN, script, confidence)
    word = np.cumsum(letters == 0)[starts]
    mixed = script == "Latn" and _english(table, best, rows, word) > _MIXED
    return Identity(told, script, confidence, "en" if mixed else "")


def identify(text: str, declared: str | None = None) -> Identity:
    """What `text` is written in; `declared` is what its page says, one piece of the evidence.

    Only the first `MAX_CHARACTERS` are looked at. Never raises.

    >>> identify("தமிழ்நாட்டில் மழை பெய்தது.")
    Identity(language='ta', script='Taml', confidence=1.0, mixed='')
    >>> identify("2025").language
    'und'
    """
    text = ngrams.plain(text[:MAX_CHARACTERS])
    script = scripts.main(text)
    if script == scripts.UNKNOWN:
        return Identity(UNKNOWN, script, 0.0)
    if script in _BY_SCRIPT:
        return Identity(_BY_SCRIPT[script], script, 1.0)
    table = _tables().get(script)
    if table is None:
        return _by_cld2(_cld2(text), script, 0.0)
    return _by_table(table, text, script, declared)


def _is_plainly(main: str, text: str) -> bool:
    """Whether CLD2 alone, in a tenth of the time, says `main` of nearly all of a text.

    Not of languages that it lacks, nor of romanised ones.
    """
    reliable, told = _cld2(text)
    return reliable and bool(told) and told[0][0] == main and told[0][1] > _NEARLY_ALL


def _letters(paragraphs: Sequence[str], script: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many letters each paragraph has, and how many of them are of `script`."""
    if not paragraphs:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = np.cumsum([0, *(len(paragraph) + 1 for paragraph in paragraphs[:-1])])
    numbers = scripts.numbers(scripts.points("\n".join(paragraphs) + "\n"))
    own = numbers == scripts.NAMES.index(script) if script in scripts.NAMES else numbers < 0
    if script == "Jpan":  # kana beside Han
        own |= numbers == scripts.NAMES.index("Hani")
    return (
        np.add.reduceat(numbers > 0, starts, dtype=np.int64),
        np.add.reduceat(own & (numbers > 0), starts, dtype=np.int64),
    )


def shares(paragraphs: Sequence[str], main: str, script: str) -> tuple[Share, ...]:
    """The languages of a text's paragraphs, most letters first, by share of all letters.

    `main` and `script` are those of the whole: a paragraph in that script and of few letters
    is taken for the same, and so are all where their openings together are plainly `main`.
    Empty where no paragraph has letters.
    """
    letters, own = _letters(paragraphs, script)
    alike = np.all((own * 2 > letters) | (letters < _TELLING))
    if alike and letters.any():
        openings = "\n".join(paragraph[:_OPENING] for paragraph in paragraphs)[:MAX_CHARACTERS]
        if script in _BY_SCRIPT or _is_plainly(main, openings):
            return (Share(main, script, 1.0),)
    found: Counter[tuple[str, str]] = Counter()
    for paragraph, count, mine in zip(paragraphs, letters.tolist(), own.tolist(), strict=True):
        key = (main, script)
        short = count < _TELLING and mine
        if count and not short and not _is_plainly(main, paragraph[:_PARAGRAPH]):
            told = identify(paragraph[:_PARAGRAPH], main)
            key = (told.language, told.script)
        found[key] += count
    total = found.total()
    ranked = sorted((-count, *key) for key, count in found.items() if count)
    return tuple(Share(code, of, round(-count / total, 4)) for count, code, of in ranked)
