"""The language and script of a text: BCP 47 and ISO 15924, ``und`` rather than a guess.

Scripts that one language of our field uses decide alone; elsewhere CLD2, whose model is inside
the pycld2 package, decides among the languages that the script allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pycld2  # type: ignore[import-untyped]

from archiver.text import scripts

# CLD2 is as sure after this many characters as it will be (measured: 0.2 ms a document).
MAX_CHARACTERS = 2000

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
}
# Scripts that more than one of our languages uses, and what CLD2 may say for them.
_ALLOWED = {
    "Deva": frozenset(["hi", "mr", "ne", "sa", "bh"]),
    "Beng": frozenset(["bn", "as"]),
    "Arab": frozenset(["ur", "ar", "fa", "ps", "sd", "ks", "ug", "ku", "ckb", "pa"]),
}
# CLD2 says ``bh`` for Bhojpuri, Maithili and Magahi alike: ISO 639-5 has a name for the group.
_NAMES = {"bh": "bih", "iw": "he", "jw": "jv", "in": "id", "zh-Hant": "zh"}
# Controls and Unicode's noncharacters: CLD2 calls them invalid and refuses the whole text.
_LAST_TWO = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNREADABLE = re.compile(rf"[\x00-\x1f\x7f-\x9f\ufffd\ufdd0-\ufdef{_LAST_TWO}]")


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


def detect(text: str, declared: str | None = None) -> tuple[str, str]:
    """Language and script of `text`; `declared` settles only what its script leaves open.

    >>> detect("தமிழ்நாட்டில் மழை பெய்தது.")
    ('ta', 'Taml')
    >>> detect("2025")
    ('und', 'Zyyy')
    """
    script = scripts.main(text)
    if script == scripts.UNKNOWN:
        return "und", script
    if script in _BY_SCRIPT:
        return _BY_SCRIPT[script], script
    allowed = _ALLOWED.get(script)
    readable = _UNREADABLE.sub(" ", text[:MAX_CHARACTERS])
    reliable, _, details = pycld2.detect(readable, isPlainText=True)
    for _, code, percent, _ in details:
        if code == "un" or (allowed is not None and code not in allowed):
            continue
        if reliable or percent >= 50:  # noqa: PLR2004 - CLD2's own "most of the text"
            return _NAMES.get(code, code), script
        break
    stated = (declared or "").lower().partition("-")[0].partition("_")[0]
    if allowed is not None and stated in allowed:
        return stated, script
    return "und", script
