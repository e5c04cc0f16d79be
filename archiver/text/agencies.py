"""News agencies by all their names: a name as it stands comes in, the name they go by goes out.

`agencies.txt` beside this file is the table, an agency a line; who asks looks where credits stand,
for some of these names are common words too, or another body's.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from archiver.text import normal
from archiver.text.prose import words

FILE = Path(__file__).with_suffix(".txt")
# Latin abbreviations that stand on pages for other things as well (feeds, apps, maps): no credit
# unless brackets or slashes set them off, or a page states them as its author.
COMMON = frozenset({"AA", "APP", "APS", "MAP", "Mehr", "PA", "RSS", "SDA", "TT"})
_LONGEST = 60  # characters
# What an agency's people sign with beside its name: "AP Sports Writer", "Reuters Staff".
_ROLES = frozenset(
    "staff writer writers reporter reporters correspondent correspondents desk bureau feed news"
    " sports auto science medical health business national political entertainment and agency"
    " एजेंसी न्यूज न्यूज़ समाचार डेस्क সংস্থা".split()
)
_PARTING = re.compile(
    r"[|/,،、;&+=·•]|\s[-–—]+\s|\s(?:and|und|et|y|e|और|एवं|व|आणि|र|এবং|ও|ਅਤੇ|અને|و|اور)\s"
)


@cache
def _names() -> dict[str, tuple[str, frozenset[str]]]:
    """What names are, by their letters: the name that the agency goes by, and how it is spelled."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    lines = FILE.read_text("utf-8").splitlines()
    for line in (one for one in lines if not one.startswith("#")):
        name, _, others = line.partition(":")
        for one in (name, *filter(None, others.split("|"))):
            spelling = normal.nfc(one.strip())
            _, known = found.get(_letters(spelling), (name, frozenset()))
            found[_letters(spelling)] = (name, known | {spelling})
    return found


def _letters(name: str) -> str:
    """Letters and digits of the match key, so that points, hyphens and joiners do not matter."""
    return "".join(words(normal.key(name)))


@lru_cache(maxsize=1 << 12)
def named(name: str, *, strict: bool = False) -> str | None:
    """Return the agency that `name` is a name of and nothing else, roles of its people aside.

    An abbreviation with a capital is a word or a person (Uni, Sana, Ani). What stands in small
    letters, otherwise than the agency writes itself, counts unless the look-up is `strict`.

    >>> named("Press Trust of India"), named("ए.एन.आई."), named("AP Sports Writer")
    ('PTI', 'ANI', 'AP')
    >>> named("told ANI"), named("Uni"), named("uni", strict=True), named("uni")
    (None, None, None, 'UNI')
    """
    if len(name) > _LONGEST:
        return None
    parts = name.split()
    while len(parts) > 1 and parts[-1].casefold() in _ROLES and _letters(name) not in _names():
        parts.pop()
        name = " ".join(parts)
    found = _names().get(_letters(name))
    if found is None:
        return None
    agency, spellings = found
    if name in spellings or not name.isascii() or name.isupper():
        return agency
    if name.islower():
        return None if strict else agency
    abbreviated = all(one.isupper() for one in spellings if one.isascii())
    return None if abbreviated else agency


def parted(credit: str) -> list[str]:
    """Return the parts of a credit that may name several: "ANI/PTI", "AFP, EFE y Reuters".

    >>> parted("AFP, EFE y Reuters"), parted("dpa-AFX / sda")
    (['AFP', 'EFE', 'Reuters'], ['dpa-AFX', 'sda'])
    """
    parts = (one.strip().strip(" .:-–—()[]\"'“”").strip() for one in _PARTING.split(credit))
    return [part for part in parts if part]
