"""What tells prose from labels: sentence ends, words, digits. Pure."""

from __future__ import annotations

import re
import unicodedata

from archiver.text.normal import Table

# Stops of the scripts we meet: Latin, danda and double danda (also typed as an ASCII bar at the
# end of Hindi sentences, and as ৷, a sign of currency, at that of Bengali ones), Arabic and Urdu
# full stop and question mark, Ethiopic, Khmer, Burmese, Tibetan, CJK. Closing quotes and brackets
# may follow.
STOPS = ".!?…।॥৷|۔؟።។၊။།。！？"
_STOPS = frozenset(STOPS)
_CLOSERS = "\"'”’»›)]）】」』"
# A sentence with its stops, the quotes that close it and the blanks after it.
SENTENCES = re.compile(rf"[^{re.escape(STOPS)}]*[{re.escape(STOPS)}]*[\"'”’»)\]]*\s*")
# What may stand behind the last stop.
_AFTER_STOP = _CLOSERS + "".join(filter(str.isspace, map(chr, range(0x3001))))

# A word: letters and marks with the joiners inside it. `\w` would cut at vowel signs.
_WORD_CATEGORIES = ("L", "M", "N")


# A line with this many letters that closes a sentence is running text: longer than any button or
# label of the chrome tables.
MIN_PARAGRAPH = 60


def is_running_text(text: str) -> bool:
    """Whether a line reads as a paragraph: long enough, and closed as prose is.

    >>> is_running_text("The bridge over the river was opened again on Thursday, in the rain.")
    True
    """
    return len(text) >= MIN_PARAGRAPH and ends_sentence(text)


def ends_sentence(text: str) -> bool:
    """Whether a line closes as prose does.

    >>> ends_sentence("बारिश हुई।"), ends_sentence("और पढ़ें")
    (True, False)
    """
    return text.rstrip(_AFTER_STOP)[-1:] in _STOPS


def is_word_character(character: str) -> bool:
    """Letters, marks, numbers of any script, and the two joiners."""
    return character in "\u200c\u200d" or unicodedata.category(character)[0] in _WORD_CATEGORIES


_PARTED = Table(lambda character: character if is_word_character(character) else " ")


def words(text: str) -> list[str]:
    """The words of `text`, marks and joiners kept.

    >>> words("किताब, कुतुब-मीनार")
    ['किताब', 'कुतुब', 'मीनार']
    """
    return text.translate(_PARTED).split()


# "Place / outlet / headline" and "place | outlet | headline", as some themes print them.
_SLASHED = re.compile(r"([^/|]{2,40}?)\s[/|]\s([^/|]{2,40}?)\s[/|]\s(.{10,})")


def slashed(text: str) -> tuple[str, str, str] | None:
    """The parts of a line like ``place / outlet / headline``, or nothing. It may be a list.

    >>> slashed("Pune / Outlet / A bridge is repaired")
    ('Pune', 'Outlet', 'A bridge is repaired')
    """
    found = _SLASHED.fullmatch(text) if "/" in text or "|" in text else None
    return (found[1].strip(), found[2].strip(), found[3].strip()) if found else None


_DIGITS = re.compile(r"[^\D0-9]")  # `\d` is what has a decimal value


def ascii_digits(text: str) -> str:
    """Decimal digits of every script as ASCII ones, the rest as it is.

    >>> ascii_digits("१४ নভেম্বর ২০২৫")
    '14 নভেম্বর 2025'
    """
    if text.isascii():
        return text
    for digit in set(_DIGITS.findall(text)):
        text = text.replace(digit, str(unicodedata.decimal(digit)))
    return text
