"""Sentences of every script that the phrase tables have; joined they are the text. Pure."""

from __future__ import annotations

import re

import regex

from archiver.text.graphemes import graphemes

# What ends one whatever follows: the stops of all scripts but Latin's own, as Unicode's
# Sentence_Terminal has them, the Sinhala kunddaliya, which it lacks, and ৷,
# which is typed for a danda in Bengali.
_CLOSERS = "[\"'”’»›)\\]）】」』]*"
_STRONG = r"[\p{Sentence_Terminal}--[.!?‼⁇⁈⁉]]|[෴৷]"
# What ends one before a blank: Latin's stops, and the bar that is typed for a danda behind an Indic
# letter (between blanks it parts headlines from outlets).
_WEAK = r"[.!?‼⁇⁈⁉…]+|(?<=[\u0900-\u0dff])\|+"
_END = regex.compile(
    rf"(?V1)(?:(?:{_STRONG})+(?:{_WEAK})?{_CLOSERS}|(?P<weak>{_WEAK}){_CLOSERS}(?=\s|$))\s*|(?<!\s)\s*\n\s*"
)
_BEFORE = re.compile(r"[^\s.\"'“‘(\[]+\Z")
_LOOK_BACK = 40  # code points; no initial and no title is longer
# Titles of more than one letter (CLDR's sentence suppressions for English).
_TITLES = frozenset("mr mrs ms dr prof st gen col maj capt lt sgt rev hon jr sr rs no vs".split())


def sentences(text: str) -> list[str]:
    """The sentences of `text`, each with its stop, closing quotes and the blanks behind it.

    Joined they are the text. A full stop behind a single letter or a title ("डॉ. सिंह", "A. R.
    Rahman"), or before a small letter, ends none. A line's end ends one.

    >>> sentences("डॉ. सिंह आए। वे बोले: “चलो।” फिर गए")
    ['डॉ. सिंह आए। ', 'वे बोले: “चलो।” ', 'फिर गए']
    """
    found = []
    last = 0
    for end in _END.finditer(text):
        stop = end["weak"]
        before = text[max(last, end.start() - _LOOK_BACK) : end.start()]
        if stop == "." and not _ends(before, text[end.end() : end.end() + 1]):
            continue
        found.append(text[last : end.end()])
        last = end.end()
    return [*found, text[last:]] if last < len(text) else found


def _ends(before: str, after: str) -> bool:
    """Whether a full stop between these ends a sentence."""
    word = _BEFORE.search(before)
    if after.islower() or word is None or word[0].lower() in _TITLES:
        return False
    return len(graphemes(word[0])) > 1
