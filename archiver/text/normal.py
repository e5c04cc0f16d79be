"""The normal form that everything is stored in, and the match key that rules compare.

A line has a verbatim text (NFC, joiners kept) and a key. Patterns and lines are compared by
key only; spans found in a key are led back to the text by the offsets that come with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

# Characters with no place in a text: C0 and C1 controls except tab, line feed and carriage
# return, and lone surrogates, which no encoding can write. U+FFFD stands where they stood.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_SPACES = re.compile(" {2,}")
_HTML_SPACE = " \t\n\f\r"
# A line is empty to a reader when it holds nothing but these.
_BLANK = " \t\n\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_BLANK += "\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff\u00ad\u200e\u200f\u061c"

# One letter, two code points: Arabic, Persian and Urdu keyboards write yeh, kaf and heh each
# their own way, and sites mix them inside one page.
_FOLD = str.maketrans(
    {
        "ي": "ی",  # Arabic yeh → Farsi yeh
        "ى": "ی",  # alef maksura, typed for yeh
        "ك": "ک",  # Arabic kaf → keheh
        "ە": "ه",  # Kurdish ae
        "ہ": "ه",  # Urdu heh goal
        "ھ": "ه",  # heh doachashmee
        "ۀ": "ه",
        "ۂ": "ه",
        "ة": "ه",  # teh marbuta, typed for heh
        "ۃ": "ه",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
    }
)


# Putting marks in order takes the square of their number: 80,000 on one letter, 7 s. Unicode's
# Stream-Safe Text Format (UAX #15, 13) parts more than 30 of them with a grapheme joiner; no
# language has more than a few. Marks are no word characters to `re`, so a long run is found fast.
_MANY_SIGNS = 100
_LONG = 400  # in a shorter text marks cost nothing, however many they are
_SIGN = r"[^\w\s\x00-\u02ff]"
_SIGNS = re.compile(rf"(?<!{_SIGN}){_SIGN}{{{_MANY_SIGNS},}}+")
_MAX_MARKS = 30


def _parted(run: re.Match[str]) -> str:
    """A run of signs, its marks parted by grapheme joiners as they come to be too many."""
    combining = {character for character in set(run[0]) if unicodedata.combining(character)}
    if not combining:
        return run[0]
    kept: list[str] = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if character in combining else 0
        if marks > _MAX_MARKS:
            kept.append("\u034f")
            marks = 1
        kept.append(character)
    return "".join(kept)


def _composed(text: str) -> str:
    """NFC in time that grows with the length."""
    if len(text) > _LONG:
        text = _SIGNS.sub(_parted, text)
    return unicodedata.normalize("NFC", text)


def nfc(text: str) -> str:
    r"""NFC with what cannot be written replaced by U+FFFD.

    >>> nfc("a\x00b")
    'a\ufffdb'
    >>> [hex(ord(c)) for c in nfc("\u095c")]  # ड़ decomposes under NFC
    ['0x921', '0x93c']
    """
    if not text.isascii():
        text = _composed(text)
    # What can be printed holds no control sign; most texts are told at the cost of one look.
    return text if text.isprintable() else _UNWRITABLE.sub("\ufffd", text)


def collapse(text: str) -> str:
    r"""`nfc`, runs of HTML white space made one space, blanks at both ends taken off.

    >>> collapse("  a \n b\u00a0")
    'a b'
    """
    # WHATWG's "ASCII whitespace"; NBSP and the typographic spaces are characters that an author
    # chose and stay.
    text = text.strip(_HTML_SPACE)
    if text.isprintable():  # most texts: what can be printed holds of all blanks the space alone
        if "  " in text:
            text = _SPACES.sub(" ", text)
        return text if text.isascii() else trim(_composed(text))
    for space in "\t\n\f\r":
        text = text.replace(space, " ")
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return trim(nfc(text))


def trim(text: str) -> str:
    """Take off blanks at both ends, the invisible ones that show nothing there included.

    A zero-width joiner or non-joiner is a letter and is never taken.
    """
    return text.strip(_BLANK)


# A table for `str.translate` learns so many characters; a page of the whole of Unicode shall not
# stay in memory.
_MAX_LEARNED = 50_000


class Table(dict[int, str | None]):
    """A table for `str.translate`, learned from `of` as characters come up."""

    def __init__(self, of: Callable[[str], str | None]) -> None:
        """Take what tells a character's place: a string, or None to leave it out."""
        super().__init__()
        self.of = of

    def __missing__(self, code: int) -> str | None:
        """What `str.translate` asks for a character that it does not know yet."""
        value = self.of(chr(code))
        if len(self) < _MAX_LEARNED:
            self[code] = value
        return value


# Letters that were a consonant with its virama and ZWJ before Unicode gave them a code point (core
# spec, 12.2 and 12.9). ZWJ is in no key, so there they are without it.
_JOINED = dict(pair.split("=") for pair in "ৎ=ত্ ൺ=ണ് ൻ=ന് ർ=ര് ൎ=ര് ൽ=ല് ൾ=ള് ൿ=ക് ൔ=മ് ൕ=യ് ൖ=ഴ്".split())
_NUKTA = 7  # Unicode's combining class


def _is_nukta(character: str) -> bool:
    # Burmese's dot below, a tone, has their combining class but not their name.
    return unicodedata.combining(character) == _NUKTA and "NUKTA" in unicodedata.name(character)


def _folded(character: str) -> str | None:
    """What a character is in a match key; nothing for a format character or a nukta."""
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf" or _is_nukta(character):
        return None
    # A letter that NFC leaves composed with its nukta (ऱ) is without it too.
    parts = unicodedata.normalize("NFD", character)
    if any(map(_is_nukta, parts)):
        return "".join(part for part in parts if not _is_nukta(part))
    return _JOINED.get(character) or character.casefold().translate(_FOLD)


_FOLDING = Table(_folded)

# What case folding alone leaves otherwise than a match key has it: the blanks but U+0020, the
# format characters (category Cf, where a later Unicode may have more), nuktas and letters composed
# with one, `_JOINED` and `_FOLD`; and all beyond the BMP, which texts hardly have and `re` asks for
# one by one. Tests look for others.
_ELSEWISE = (
    "\t-\r\x1c-\x1f\x85\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb\U00010000-\U0010ffff"
    "\u093c\u09bc\u0a3c\u0abc\u0b3c\u0c3c\u0cbc\u1c37\u0929\u0931\u0934\u0958-\u095f\u09dc\u09dd\u09df"
    "\u0a33\u0a36\u0a59-\u0a5b\u0a5e\u0b5c\u0b5d"
)
_TURNS = re.compile(f"[{_ELSEWISE}{''.join(_JOINED)}{''.join(map(chr, _FOLD))}]")


_FEW = 40  # each costs a walk over the text


def key(text: str) -> str:
    r"""Give the match key: what patterns and lines are compared by.

    NFC in. Case folded, format characters (category Cf) and nuktas out, Arabic yeh, kaf and heh
    folded, chillus and khanda ta made consonant and virama, quotation marks and dashes made one,
    white space made one space and none at the ends. So a phrase that a site types otherwise today
    than it did last year is still met; what words mean is the search form's business.

    >>> key("\u0643\u062a\u0627\u0628") == key("\u06a9\u062a\u0627\u0628")  # kaf, keheh
    True
    >>> key("और पढ़ें") == key("और पढें"), key("അവൻ") == key("അവന്\u200d")
    (True, True)
    """
    # The title, the bylines and every rule ask for the same lines.
    return _remembered_key(text) if len(text) <= _REMEMBERED else _key(text)


def _key(text: str) -> str:
    if text.isascii() and text.isprintable():
        folded = text.lower()
    else:
        # As `_FOLDING` does it character by character, in half the time: a text has few of these.
        folded = text.casefold()
        turning = set(_TURNS.findall(folded))
        if len(turning) > _FEW:
            folded = folded.translate(_FOLDING)
        else:
            for one in turning:
                folded = folded.replace(one, _FOLDING[ord(one)] or "")
    return (_SPACES.sub(" ", folded) if "  " in folded else folded).strip(" ")


_REMEMBERED = 200  # code points; longer lines are few, and would fill the memory
_remembered_key = lru_cache(maxsize=1 << 12)(_key)


# Parts lines where many are folded at once: no text that is NFC by `nfc` holds it.
_BETWEEN = "\0"


def keys(texts: Sequence[str]) -> list[str]:
    """The match keys of many texts at once, in a third of the time of one after the other.

    >>> keys(["Also  READ", " \u0643 "]) == [key("Also  READ"), key("\u0643")]
    True
    """
    found = [one.strip(" ") for one in _key(_BETWEEN.join(texts)).split(_BETWEEN)]
    return found if len(found) == len(texts) else list(map(key, texts))


def offsets(text: str) -> list[int]:
    """For each code point of the match key of `text`, where in `text` it comes from.

    The list ends with ``len(text)``, so a span of the key maps to a span of the text.

    >>> key("Also  READ"), offsets("Also  READ")
    ('also read', [0, 1, 2, 3, 4, 6, 7, 8, 9, 10])
    """
    one_for_one = text.isascii() or all(
        len(_FOLDING[ord(character)] or "") == 1 for character in set(text)
    )
    if one_for_one and len(key(text)) == len(text):
        return list(range(len(text) + 1))
    found: list[int] = []
    spaced = True
    for at, character in enumerate(text):
        folded = _FOLDING[ord(character)]
        if folded == " ":
            if not spaced:
                found.append(at)
            spaced = True
        elif folded:
            found.extend([at] * len(folded))
            spaced = False
    if found and spaced:
        found.pop()
    found.append(len(text))
    return found


_FORMAT_AND_SPACE = re.compile(
    r"[\s\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2424\ufeff\ufff9-\ufffb\ufffd\U000e0001-\U000e007f\x00-\x1f\x7f-\x9f]+"
)


def skeleton(text: str) -> str:
    r"""What two renderings of one text share: NFC without white space, format or control signs.

    >>> skeleton("दिल्\u200dली है") == skeleton("दिल्ली है")
    True
    """
    if text.isascii() and text.isprintable():
        return text.replace(" ", "")
    return _FORMAT_AND_SPACE.sub("", _composed(text))
