"""CSS selectors over the paths of blocks: which rules' containers a block stands in.

A path names a block's ancestors with ids, classes and telling attributes, so the part of CSS
that asks about ancestors only is understood: ``tag``, ``#id``, ``.class``, ``[name=value]``,
``[id^=x]``, ``[class*=x]`` and the descendant and child combinators.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate, pairwise

import ahocorasick

_STEP = re.compile(
    r"(?P<tag>[a-z][a-z0-9:-]*)(?:\[\d+\])?(?:#(?P<id>[A-Za-z0-9_-]+))?"
    r"(?P<classes>(?:\.[A-Za-z0-9_-]+)*)(?P<attributes>(?:\[[a-z0-9-]+=[A-Za-z0-9_-]+\])*)"
)
# An element's tag, id, classes and attributes, each as the condition that asks for it.
_KEYS = re.compile(
    r"^[a-z][a-z0-9:-]*|[#.][A-Za-z0-9_-]+|\[[a-z0-9-]+=[A-Za-z0-9_-]+\]", re.MULTILINE
)
_NTH = re.compile(r"\[\d+\]")
_PART = re.compile(
    r"(?P<tag>^[a-zA-Z][a-zA-Z0-9-]*|^\*)|#(?P<id>[A-Za-z0-9_-]+)|\.(?P<class>[A-Za-z0-9_-]+)|"
    r"\[(?P<name>[a-z0-9-]+)(?P<test>[~^*]?=)[\"']?(?P<value>[A-Za-z0-9_-]+)[\"']?\]"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a path."""

    tag: str
    id: str
    classes: frozenset[str]
    attributes: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Compound:
    """One compound selector: every condition must hold; `child` asks for the direct parent."""

    tag: str
    id: str
    classes: frozenset[str]
    attributes: frozenset[tuple[str, str]]
    substrings: tuple[tuple[str, str, str], ...]
    child: bool


def steps(path: str) -> tuple[Step, ...]:
    """The elements of a block's path, outermost first.

    >>> [step.tag for step in steps("/html/body/div[2]#page.site/p")]
    ['html', 'body', 'div', 'p']
    """
    return tuple(_step(part) for part in path.split("/")[1:])


@lru_cache(maxsize=1 << 15)
def _step(part: str) -> Step:
    found = _STEP.fullmatch(part)
    if found is None:  # a tag name that no selector can name
        return Step(part, "", frozenset(), frozenset())
    pairs = re.findall(r"\[([a-z0-9-]+)=([A-Za-z0-9_-]+)\]", found["attributes"])
    return Step(
        found["tag"],
        found["id"] or "",
        frozenset(found["classes"].split(".")[1:]),
        frozenset(pairs),
    )


@cache
def parse(selector: str) -> tuple[Compound, ...]:
    """The compounds of a selector, outermost first. Raises ValueError, saying what is wrong.

    >>> [compound.classes for compound in parse(".post .share-title")]
    [frozenset({'post'}), frozenset({'share-title'})]
    """
    parts = re.findall(r">|[^\s>]+", selector.strip())
    ends = [">", *parts, ">"]  # a combinator stands between two compounds
    if not parts or any(one == other == ">" for one, other in pairwise(ends)):
        raise ValueError(f"{selector!r} is no selector")
    return tuple(
        _compound(part, child=before == ">" and at > 0)
        for at, (before, part) in enumerate(pairwise(ends[:-1]))
        if part != ">"
    )


def _compound(token: str, *, child: bool) -> Compound:
    at, tag, name = 0, "", ""
    classes: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    substrings: list[tuple[str, str, str]] = []
    for part in _PART.finditer(token):
        if part.start() != at:
            break
        at = part.end()
        if part["tag"]:
            tag = "" if part["tag"] == "*" else part["tag"].lower()
        elif part["id"]:
            name = part["id"]
        elif part["class"]:
            classes.add(part["class"])
        elif part["test"] in {"=", "~="}:
            attributes.add((part["name"], part["value"]))
        elif part["name"] in {"id", "class"}:
            substrings.append((part["name"], part["test"], part["value"]))
        else:
            break
    else:
        if at == len(token):
            return Compound(
                tag, name, frozenset(classes), frozenset(attributes), tuple(substrings), child
            )
    raise ValueError(
        f"{token!r} is not understood; a selector is made of tag, #id, .class, [role=x], "
        "[id^=x], [class*=x], spaces and >"
    )


def _fits(compound: Compound, step: Step) -> bool:
    if compound.tag and compound.tag != step.tag:
        return False
    if compound.id and compound.id != step.id:
        return False
    if not compound.classes <= step.classes or not compound.attributes <= step.attributes:
        return False
    for name, test, value in compound.substrings:
        values = (step.id,) if name == "id" else step.classes
        if test == "^=" and not any(one.startswith(value) for one in values):
            return False
        if test == "*=" and not any(value in one for one in values):
            return False
    return True


class Naming:
    """The selectors of many rules, asked together: which rules name an element of a path.

    A selector is kept under one condition of its last part, the most telling one, so an element
    is held against the few that share it, however many rules there are.
    """

    def __init__(self, selectors: Iterable[tuple[str, str]]) -> None:
        """Take in pairs of a rule's id and a selector."""
        self._under: dict[str, list[tuple[str, tuple[Compound, ...]]]] = {}
        # Those that ask for a part of an id or a class only, under that part.
        self._holding: dict[str, list[tuple[str, tuple[Compound, ...]]]] = {}
        for rule, selector in selectors:
            compounds = parse(selector)
            key = _condition(compounds[-1])
            under = self._under if key else self._holding
            key = key or max((value for _, _, value in compounds[-1].substrings), default="")
            under.setdefault(key, []).append((rule, compounds))
        # Elements recur from block to block and from page to page, and the third paragraph is
        # named like the first.
        unnumbered = lru_cache(maxsize=1 << 15)(self._fits_any)
        self._fitting = lru_cache(maxsize=1 << 15)(lambda part: unnumbered(_NTH.sub("", part)))

    def _fits_any(self, part: str) -> tuple[tuple[str, tuple[Compound, ...]], ...]:
        """The selectors whose last part fits this element, with their rules."""
        asked = [self._under[key] for key in _KEYS.findall(part) if key in self._under]
        asked += [under for value, under in self._holding.items() if value in part]
        if not asked:
            return ()  # nearly all elements
        step = _step(part)
        return tuple(
            (rule, compounds)
            for under in asked
            for rule, compounds in under
            if _fits(compounds[-1], step)
        )

    def telling(self, paths: Iterable[str]) -> set[str]:
        """The elements of these paths that the last part of any selector fits, numbers included.

        Pages have thousands of elements and rules name few of them: all are asked at once.
        """
        parts: set[str] = set()
        above = ""
        for path in paths:  # siblings share all but the last
            around, _, part = path.rpartition("/")
            parts.add(part)
            if around != above:
                above = around
                parts.update(around.split("/"))
        if not self._under and not self._holding:
            return set()
        each = list(parts)
        ends = list(accumulate(len(part) + 1 for part in each))
        listed = "".join([f"\n{part}" for part in each])
        likely = {bisect_right(ends, last) for last, _ in self._conditions.iter(listed)}
        return {each[at] for at in likely if self._fitting(each[at])}

    @cached_property
    def _conditions(self) -> ahocorasick.Automaton:
        """What finds the elements that may fulfil a condition that a selector is kept under."""
        automaton = ahocorasick.Automaton()
        for key in (*self._under, *self._holding):
            # An element's tag stands at the beginning of its line.
            word = f"\n{key}" if key in self._under and key[0] not in "#.[" else key
            automaton.add_word(word, None)
        automaton.make_automaton()
        return automaton

    def rules(self, path: str, known: dict[str, frozenset[str]]) -> frozenset[str]:
        """The rules that name an element that `path` stands in, or ends at.

        `known` holds the answers for the paths of one page, and is filled here.
        """
        stored = known.get(path)
        if stored is None:
            above, _, part = path.rpartition("/")
            stored = self.rules(above, known) if above else frozenset()
            if fitting := self._fitting(part):
                whole = steps(path)
                stored = stored.union(
                    rule
                    for rule, compounds in fitting
                    if _reaches(compounds, len(compounds) - 2, whole, len(whole) - 1)
                )
            known[path] = stored
        return stored


def _condition(compound: Compound) -> str:
    """The most telling of a compound's conditions, as a key."""
    if compound.id:
        return f"#{compound.id}"
    if compound.classes:
        return f".{min(compound.classes)}"
    if compound.attributes:
        return "[{}={}]".format(*min(compound.attributes))
    return compound.tag


def within(selectors: tuple[str, ...], path: str) -> bool:
    """Whether `path` stands in, or ends at, an element that one of `selectors` names.

    >>> within((".share",), "/html/body/div.share/ul/li")
    True
    """
    return bool(Naming(("", selector) for selector in selectors).rules(path, {}))


def _reaches(compounds: tuple[Compound, ...], last: int, path: tuple[Step, ...], at: int) -> bool:
    """Whether the compounds up to `last` fit ancestors of ``path[at]``."""
    if last < 0:
        return True
    nearest = at - 1
    if compounds[last + 1].child:
        return (
            nearest >= 0
            and _fits(compounds[last], path[nearest])
            and _reaches(compounds, last - 1, path, nearest)
        )
    return any(
        _fits(compounds[last], path[above]) and _reaches(compounds, last - 1, path, above)
        for above in range(nearest, -1, -1)
    )
