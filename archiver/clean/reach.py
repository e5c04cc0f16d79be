"""Which documents a change of rules can touch: the rules before and after in, a quick test out.

A document that none of the changed rules can reach is the same under both, so nobody need clean it
again. What may be reached without being changed costs a cleaning; the opposite never happens.

Rules see the page and never each other's marks, so a rule bears on a document in four ways only:

- by its marks. Of a rule that went, the document itself tells: where none of its marks is on
  record, it took no character, and without it every character has the same owner.
- by its phrases, beside a date: a line of a date and a button goes as a whole (`date_line`).
- by its phrases, inside a caption, where an agency's name parts caption and credit.
- by its phrases, where lines that close the text are held against all invitations (`promotion`).

A rule without phrases and selectors looks at what stands where: it can reach any page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from archiver.clean.kinds import KINDS
from archiver.clean.lines import Line
from archiver.clean.phrases import Matcher, longest_literal, places
from archiver.clean.selectors import Naming
from archiver.clean.sight import may_be_date
from archiver.model import Rule
from archiver.text import normal
from archiver.text.prose import ascii_digits

# Kinds whose phrases other rules ask for, or that are asked of a part of a line.
_SHARED = frozenset({"promotion", "platform", "caption"})
_BUTTONS = "published_label"  # the label of the date lines that may stand beside buttons


class Reach:
    """What differs between two sets of rules, ready to be held against documents and pages."""

    def __init__(self, old: Iterable[Rule], new: Iterable[Rule]) -> None:
        """Compare rules by their ids and all that they do."""
        before = {rule.id: _deeds(rule) for rule in old}
        after = {rule.id: _deeds(rule) for rule in new}
        self.went: set[str] = set()  # rules whose marks alone tell
        worded: list[Rule] = []
        for rule in before.keys() | after.keys():
            mine, other = before.get(rule), after.get(rule)
            if mine == other:
                continue
            if mine is not None and other is not None:
                worded += _narrowed(mine, other)
            elif other is not None:
                worded.append(other)
            elif mine is not None and mine.kind in _SHARED:
                worded.append(mine)
            elif mine is not None:
                self.went.add(rule)
                if "fills" in places(mine):
                    self.went |= {one.id for one in before.values() if one.label == _BUTTONS}
        worded.sort(key=lambda rule: rule.id)
        self.everywhere = not all(map(_is_asked, worded))
        self.words = bool(worded)  # whether pages must be looked at, not their documents alone
        self._matcher = Matcher(rule for rule in worded if rule.phrases or rule.pattern)
        self._patterned = any(rule.pattern for rule in worded)
        self._literals = _literals(worded)
        self._naming = Naming((rule.id, one) for rule in worded for one in rule.selectors)
        self.names = any(rule.selectors for rule in worded)  # whether paths are asked for
        buttons = [rule for rule in worded if "fills" in places(rule)]
        self._beside = _literals(buttons)
        # Digits beside a date are read as ASCII ones.
        self._digits = any(one.isdecimal() for said in self._beside for one in said)
        self._any_beside = any(rule.pattern for rule in buttons)
        captions = [rule for rule in worded if rule.kind == "caption"]
        self._within = _literals(captions)
        self._any_within = any(rule.pattern for rule in captions)

    def document(self, rules: AbstractSet[str]) -> bool:
        """Whether a document with marks of these rules can be touched by those that went."""
        return not self.went.isdisjoint(rules)

    def page(self, words: str, paths: Iterable[str]) -> bool:
        """Whether the other changes can touch a page.

        `words` are its lines, each closed by U+0000, which no line holds; `paths` are those of its
        blocks, and of the inline spans below them.
        """
        if not self.words:
            return False
        if self.everywhere or self._any_within:
            return True
        if self.names and self._naming.telling(paths):
            return True
        # A page that holds no part of any phrase is told by this alone, and nearly all are.
        keys = normal.key(words) if self._literals else ""
        held = _holds(keys, self._literals)
        if held and _holds(keys, self._within):
            return True
        if held or self._patterned:
            lines = [Line(text) for text in words.split("\0")]
            if self._matcher.find(lines).rules():
                return True
        if self._digits:
            keys = ascii_digits(keys)
        return (self._any_beside or _holds(keys, self._beside)) and self._reaches_dates(words)

    def _reaches_dates(self, words: str) -> bool:
        dated = [text for text in words.split("\0") if may_be_date(text)]
        if dated and self._any_beside:
            return True
        keys = "\n".join([normal.key(ascii_digits(text)) for text in dated])
        return _holds(keys, self._beside)


def _holds(keys: str, literals: Sequence[str]) -> bool:
    return any(said in keys for said in literals)


def _deeds(rule: Rule) -> Rule:
    """What a rule does, less what it says of itself."""
    return replace(
        rule,
        why="",
        strips=(),
        keeps=(),
        phrases=tuple(sorted(rule.phrases)),
        selectors=tuple(sorted(rule.selectors)),
    )


def _is_asked(rule: Rule) -> bool:
    """Whether a rule says nothing where its phrases and elements are not."""
    return KINDS[rule.kind].asked or (rule.kind == "above_title" and bool(rule.phrases))


def _narrowed(old: Rule, new: Rule) -> list[Rule]:
    """What of a changed rule must be looked for: the phrases and selectors that only one has."""
    if not _is_asked(old) or not _is_asked(new):
        return [old, new]
    if replace(old, phrases=(), selectors=()) != replace(new, phrases=(), selectors=()):
        return [old, new]
    phrases = tuple(sorted(set(old.phrases) ^ set(new.phrases)))
    selectors = tuple(sorted(set(old.selectors) ^ set(new.selectors)))
    return [replace(new, phrases=phrases, selectors=selectors)]


def _literals(rules: Iterable[Rule]) -> tuple[str, ...]:
    """A part of each phrase that every text with the phrase holds."""
    return tuple(sorted({longest_literal(one) for rule in rules for one in rule.phrases}))
