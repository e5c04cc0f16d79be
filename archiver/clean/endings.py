"""What a site puts under a story in the story's own element: a page in, marks out.

Invitations to its channels, agencies' closing codes, and what has no letter in it. Only the end
of the text is looked at: inside a story the same words are the story.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from archiver.clean.decide import is_linked
from archiver.clean.sight import Sight, is_label
from archiver.model import Mark, Rule
from archiver.text import normal
from archiver.text.prose import STOPS, ends_sentence, words

# A bracket that opens in one paragraph closes at most so many further on.
_MAX_BRACKET = 4
# Two platforms in one invitation are no accident; one is, unless a link leads to it.
_PLATFORMS = 2
_OPENERS, _CLOSERS = "(*[（【", ")*]）】"
# A story about services ends with what somebody said of them; an invitation quotes nobody.
_QUOTES = '"“”„«»'
_REPORTED = frozenset(
    normal.key(normal.nfc(word))
    for word in (
        "said says told asked warned added police court कहा कहना बताया पुलिस आरोप बोले "
        "বলেন বলেছেন জানান জানিয়েছেন পুলিশ کہا بتایا پولیس म्हणाले म्हटले सांगितले पोलीस पोलिसांनी "
        "भने बताए प्रहरी પોલીસ કહ્યું જણાવ્યું ਕਿਹਾ ਦੱਸਿਆ ਪੁਲਿਸ கூறினார் தெரிவித்தார் போலீசார் "
        "చెప్పారు తెలిపారు పోలీసులు ಹೇಳಿದರು ತಿಳಿಸಿದ್ದಾರೆ പറഞ്ഞു പൊലീസ് කීය පැවසීය قال قالت الشرطة گفت پلیس وویل"
    ).split()
)


def platform(_sight: Sight, _rule: Rule) -> Iterator[Mark]:
    """Names of services that invitations speak of: evidence for `promotion`, no chrome itself."""
    return iter(())


def _names(sight: Sight, services: Sequence[str], at: int) -> set[str]:
    """The services that a line names, by the letters that it names them with.

    `services` are the ids of the rules of kind `platform`.
    """
    key = sight.lines[at].key
    stands = sight.found.stands
    spans = sorted(span for rule in services for span in stands[rule].get(at, ()))
    named: set[str] = set()
    reached = 0
    for start, end in spans:
        if start >= reached:  # a name inside a longer one is the same service
            named.add(key[start:end])
            reached = end
    return named


def _endings(sight: Sight, asked: AbstractSet[int]) -> Iterator[list[int]]:
    """The text's last lines from the end upwards: each alone, or a bracket's paragraphs together.

    Links and labels between them are passed over, unless they are among `asked`; whoever asks
    for the next one has found the one before to be no text.
    """
    order = [at for at in sorted(sight.main) if at in asked or not _is_furniture(sight, at)]
    while order:
        unit = [order.pop()]
        if _unbalanced(sight, unit) < 0:
            for _ in range(_MAX_BRACKET):
                if not order or _unbalanced(sight, unit) >= 0:
                    break
                unit.insert(0, order.pop())
            if _unbalanced(sight, unit) < 0:  # no bracket opens near: the last line is alone
                order += unit[:-1]
                unit = unit[-1:]
        yield unit


def _is_furniture(sight: Sight, at: int) -> bool:
    block = sight.page.blocks[at]
    return is_linked(block) or (is_label(block) and not block.text.startswith(tuple(_OPENERS)))


def _unbalanced(sight: Sight, unit: Iterable[int]) -> int:
    """Brackets that open in these lines and do not close, negative for the opposite."""
    text = "".join(sight.page.blocks[at].text for at in unit)
    return text.count("(") + text.count("（") - text.count(")") - text.count("）")


def _is_set_off(sight: Sight, unit: list[int]) -> bool:
    """Whether lines stand in brackets or between stars."""
    first = sight.page.blocks[unit[0]].text
    last = sight.page.blocks[unit[-1]].text.rstrip(STOPS + "\"'” ")
    return first.startswith(tuple(_OPENERS)) or (
        last.endswith(tuple(_CLOSERS)) and _unbalanced(sight, unit[-1:]) < 0
    )


def promotion(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Invitations to the site's channels that close the text, over one paragraph or several.

    `rule.phrases` are invitations; the services are those of the rules of kind `platform`. A
    line that invites must name two services, or one with a link. With `needs_context` it must
    stand in brackets or between stars as well.
    """
    asked = sight.found.stands[rule.id]
    if not asked:
        return
    every = {
        at
        for other in sight.rules
        if other.kind == "promotion"
        for at in sight.found.stands[other.id]
    }
    services = [other.id for other in sight.rules if other.kind == "platform"]
    first = min(sight.main, default=-1)
    for unit in _endings(sight, every):
        if unit[0] == first:
            return  # a text is more than an invitation
        named = set().union(*(_names(sight, services, at) for at in unit))
        linked = any(sight.page.blocks[at].linked for at in unit)
        if every.isdisjoint(unit) or len(named) < (1 if linked else _PLATFORMS):
            if len(unit) == 1 and _is_furniture(sight, unit[0]):
                continue
            return
        set_off = _is_set_off(sight, unit)
        if not set_off and any(_is_reported(sight, at) for at in unit):
            return
        if not asked.keys().isdisjoint(unit) and (set_off or not rule.needs_context):
            yield from (sight.whole(at, rule) for at in unit)


def _is_reported(sight: Sight, at: int) -> bool:
    """Whether a line quotes somebody, or tells what was said."""
    shown = sight.lines[at]
    return any(mark in shown.text for mark in _QUOTES) or not _REPORTED.isdisjoint(words(shown.key))


_AFTER_STOP = re.compile(rf".*[{re.escape(STOPS)}][\"'”’»)\]]*", re.DOTALL)
_MARKED = "-–—/([|~"
_DIGITS = re.compile(r"(?!(?:19|20)\d\d$)\d{2,8}")  # a year is told
_INITIALS = re.compile(r"[(\[](?:[^\W\d_]{1,4}[/., -]{0,2}){1,3}[)\]]")
_MAX_CODE = 60
_MAX_CODE_WORDS = 6


def code_span(text: str, spans: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    """Where the closing code of a line begins and ends, if agencies stand at `spans` of its text.

    The whole line, if it is a code; else what follows the last stop, if a dash, a slash or a
    bracket parts it from the sentence.

    >>> code_span("The road is open. /ANI", [(19, 22)]), code_span("17302", [])
    ((18, 22), (0, 5))
    >>> code_span("He told ANI that the road is open.", [(8, 11)]) is None
    True
    """
    if _DIGITS.fullmatch(text) or _INITIALS.fullmatch(text):
        return 0, len(text)
    before = _AFTER_STOP.match(text)
    tail = before.end() if before else 0
    code = normal.trim(text[tail:])
    start = text.find(code, tail) if code else len(text)
    inside = [span for span in spans if span[0] >= start]
    short = len(code) <= _MAX_CODE and len(words(code)) <= _MAX_CODE_WORDS
    if not code or not short or not inside or ends_sentence(code):
        return None
    opens = min(span[0] for span in inside) == start
    if code[0] in _MARKED or (tail == 0 and opens):
        return start, start + len(code)
    return None


def closing_code(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The code that an agency closes a story with, on its last line or behind its last stop.

    `rule.phrases` are the agencies; a number, or initials in brackets, alone on the last line is
    a code as well.
    """
    order = [at for at in sorted(sight.main) if not is_linked(sight.page.blocks[at])]
    last = max(sight.paragraphs, default=-1)
    for at in order[-2:]:
        if at < last:
            continue
        shown = sight.lines[at]
        spans = [shown.span(*span) for span in sight.found.stands[rule.id].get(at, ())]
        code = code_span(shown.text, spans)
        if code and (code[0] > 0 or (last >= 0 and at > last)):
            yield Mark(at, *code, rule.id, rule.label)


_CELL = re.compile(r"/t[dh](?:[\[#.][^/]*)?$")
_CODE = re.compile(r"/(?:pre|code|samp|kbd)(?:[\[#.][^/]*)?(?:/|$)")
# What parts the links of a menu, the only lone signs in a cell that say nothing.
_PARTING = "|/>»›•· "


def stray(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines of the text that are punctuation alone.

    A program's brackets, a table's signs for "none" and "the same", and pictures are text.
    """
    for at in sorted(sight.main):
        block = sight.page.blocks[at]
        if not is_stray(block.text) or _CODE.search(block.path):
            continue
        if not _CELL.search(block.path) or not block.text.strip(_PARTING):
            yield sight.whole(at, rule)


def is_stray(text: str) -> bool:
    """Whether a line has no letter, no number and no picture.

    >>> is_stray("-->"), is_stray("***"), is_stray("\N{SPARKLES}")
    (True, True, False)
    """
    return all(
        unicodedata.category(character)[0] in "PZC" or character in _SIGNS for character in text
    )


_SIGNS = "+<>=|~^`$\u00a6\u25cf\u25aa\u25a0\u2192\u25b6"
