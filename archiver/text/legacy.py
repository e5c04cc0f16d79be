"""Text in letters of a font older than Unicode: what the font draws, as Unicode.

Such a font draws a script of South Asia for Latin letters and signs ("Hkkjr" is भारत in Kruti Dev).
Text and the font's name in, text in NFC out, or nothing where the font is unknown or what comes out
is no text. The tables (`fonts/*.txt`) say what each code draws, in the order in which it is
drawn; signs that Unicode writes behind their letters and fonts before them, or the other way round,
are moved here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from archiver.text.normal import nfc

_REPH = "\ue000"  # where a table has «र्»: no code draws it, and no page's text should have it
# Of words with a sign that has no letter, or with Latin letters left. Sentences typed for the six
# fonts have none; English, names and code read as those fonts have 0 to 44 %, so most are refused
# here and the rest by whoever knows the language.
_FAULTY = 0.1
# Consonants of a cluster and signs on it: words have up to five. Without a bound a chain of them
# would be walked from each of its links.
_MOST = 7


@dataclass(frozen=True, slots=True)
class _Script:
    """How a script orders its letters; all but `composed` are parts of regular expressions."""

    letter: str  # a consonant, with a nukta if it has one
    joined: str  # what makes one cluster of two consonants
    before: str  # vowel signs drawn before the cluster that they belong to
    signs: str  # all vowel signs and the virama
    nasal: str  # signs that Unicode writes behind those
    virama_on: str = ""  # what else a virama may stand on
    composed: str = ""  # letters drawn of two parts, each as ``parts=letter``


_SCRIPTS = {
    "Deva": _Script(
        letter="[\u0915-\u0939]\u093c?",
        joined="\u094d\u200d?",
        before="ि",
        signs="\u093e-\u094d",
        nasal="\u0901-\u0903",
        composed="अा=आ आे=ओ आै=औ आॅ=ऑ अॉ=ऑ एे=ऐ ाे=ो ाै=ौ ाॅ=ॉ",
    ),
    "Beng": _Script(
        letter="[\u0995-\u09b9\u09ce\u09f0\u09f1]\u09bc?",
        joined="\u200d?\u09cd",
        before="িেৈ",
        signs="\u09be-\u09cd\u09d7",
        nasal="\u0981-\u0983",
        virama_on="অএ\u200d",  # অ্যা, এ্যা, র‍্যা
        composed="অা=আ",
    ),
    "Guru": _Script(
        letter="[\u0a15-\u0a39\u0a5c\u0a72\u0a73\u0a05]\u0a3c?",
        joined="\u0a4d",
        before="ਿ",
        signs="\u0a3e-\u0a4d",
        nasal="\u0a02\u0a03\u0a70\u0a71",
        composed="ਅਾ=ਆ ਅੈ=ਐ ਅੌ=ਔ ੲਿ=ਇ ੲੀ=ਈ ੲੇ=ਏ ੳੁ=ਉ ੳੂ=ਊ",
    ),
    "Taml": _Script(
        letter="(?:க்ஷ|[\u0b95-\u0bb9])",
        joined="(?!)",
        before="ெேை",
        signs="\u0bbe-\u0bcd",
        nasal="\u0b82",
    ),
    "Sinh": _Script(
        letter="[\u0d9a-\u0dc6]",
        joined="\u0dca\u200d",
        before="ෙෛ",
        signs="\u0dca-\u0ddf",
        nasal="\u0d82\u0d83",
    ),
}
# Each font with the script that it draws, and how its name begins, in small letters without
# spaces. Fonts of one maker differ, so only those are here that have the table's layout.
_FONTS = {
    "kruti-dev": ("Deva", ("krutidev", "devlys")),
    "preeti": ("Deva", ("preeti",)),
    "bijoy": ("Beng", ("sutonny", "sulekhat", "adarshalipi", "bijoy")),
    "bamini": ("Taml", ("bamini", "baamini", "kalaham")),
    "anmol-lipi": ("Guru", ("anmollipi", "anmolunibani", "gurbanilipi", "gurbaniakhar")),
    "fm-abhaya": ("Sinh", ("fmabhaya",)),
}
_UNICODE = ("omj", "unicode", "uni")  # SutonnyOMJ and others are the same hand in Unicode


def font_of(name: str) -> str:
    """The font of ours that a page means by `name`, or an empty string.

    >>> font_of("Kruti Dev 010"), font_of("SutonnyMJ"), font_of("SutonnyOMJ"), font_of("Arial")
    ('kruti-dev', 'bijoy', '', '')
    """
    bare = re.sub(r"[\W_]", "", name.lower())
    if bare.endswith(_UNICODE):
        return ""
    return next((font for font, (_, names) in _FONTS.items() if bare.startswith(names)), "")


def script_of(font: str) -> str:
    """The script that a font of ours draws, in ISO 15924."""
    return _FONTS[font][0]


@cache
def _table(font: str) -> tuple[dict[str, str], re.Pattern[str]]:
    lines = (files("archiver.text") / "fonts" / f"{font}.txt").read_text("utf-8").splitlines()
    pairs = [pair for line in lines if not line.startswith("# ") for pair in line.split("  ")]
    drawn = {code: text for code, _, text in (pair.partition(" ") for pair in pairs)}
    drawn = {code: re.sub("«.+?»", _REPH, text) for code, text in drawn.items()}
    longest = sorted(drawn, key=len, reverse=True)
    return drawn, re.compile("|".join(map(re.escape, longest)))


@cache
def _moves(script: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What is sought, and what stands there instead, in this order."""
    of = _SCRIPTS[script]
    cluster = f"{of.letter}(?:{of.joined}{of.letter}){{0,{_MOST}}}+"
    # A half letter with its stem is whole (भ् and ा are भ), and one of two viramas is enough.
    moves = [("\u094d\u093e", ""), ("([\u094d\u09cd])\\1", r"\1")]
    moves.append((f"([{of.before}])({cluster})", r"\2\1"))
    if script in _REPHS:
        moves.append(
            (f"({cluster}[{of.signs}{of.nasal}]{{0,{_MOST}}}){_REPH}", rf"{_REPHS[script]}\1")
        )
    moves.append((f"([{of.nasal}]{{1,{_MOST}}})([{of.signs}]{{1,{_MOST}}})", r"\2\1"))
    return tuple((re.compile(sought), instead) for sought, instead in moves)


_REPHS = {"Deva": "र्", "Beng": "র্"}


@cache
def _fault(script: str) -> re.Pattern[str]:
    of = _SCRIPTS[script]
    virama = f"(?!(?<=[{of.virama_on}][{of.signs}]))" if of.virama_on else ""
    lone = f"(?<![{_plain(of.letter)}])[{of.signs}]{virama}"
    return re.compile(f"{lone}|[A-Za-z{_REPH}]")


def _plain(letter: str) -> str:
    """All single letters that a sign may stand on, as the inside of a class."""
    return re.sub(r"[][?()|:]", "", letter.replace("க்ஷ", ""))


def convert(text: str, font: str) -> str | None:
    """What `font` draws for `text`, in NFC; nothing for a font without a table or for no text.

    `font` is one of `font_of`. Letters of other scripts, blanks and what the font has no code for
    stay as they are. The result is no text where more than a tenth of its words are ill-formed.

    >>> convert("fnYyh esa ckfj'k gks jgh gSA", "kruti-dev")
    'दिल्ली में बारिश हो रही है।'
    >>> convert("XvKvq e„wó n‡”Q|", "bijoy"), convert("g]kfn ;/sf/", "preeti")
    ('ঢাকায় বৃষ্টি হচ্ছে।', 'नेपाल सरकार')
    >>> convert("The bridge was opened this morning by the mayor.", "kruti-dev")
    """
    if font not in _FONTS:
        return None
    script = script_of(font)
    drawn, codes = _table(font)
    text = codes.sub(lambda hit: drawn[hit[0]], text)
    for sought, instead in _moves(script):
        text = sought.sub(instead, text)
    for pair in _SCRIPTS[script].composed.split():
        parts, _, whole = pair.partition("=")
        text = text.replace(parts, whole)
    text = nfc(text)
    words = text.split()
    faulty = sum(_fault(script).search(word) is not None for word in words)
    return text if words and faulty <= _FAULTY * len(words) else None
