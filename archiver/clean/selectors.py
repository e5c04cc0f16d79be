"""CSS selectors over the paths of blocks: which rules' containers a block stands in.

A path names a block's ancestors with ids, classes and telling attributes, so the part of CSS
that asks about ancestors only is understood: ``tag``, ``#id``, ``.class``, ``[name=value]``,
``[id^=x]``, ``[class*=x]`` and the descendant and child combinators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

_STEP = re.compile(
    r"(?P<tag>[a-z][a-z0-9:-]*)(?:\[\d+\])?(?:#(?P<id>[A-Za-z0-9_-]+))?"
    r"(?P<classes>(?:\.[A-Za-z0-9_-]+)*)(?P<attributes>(?:\[[a-z0-9-]+=[A-Za-z0-9_-]+\])*)"
)
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


@cache
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


@lru_cache(maxsize=1 << 16)
def _ending(selectors: tuple[str, ...], part: str) -> tuple[tuple[Compound, ...], ...]:
    """The selectors whose last compound fits one element; elements recur from block to block."""
    step = _step(part)
    parsed = (parse(selector) for selector in selectors)
    return tuple(compounds for compounds in parsed if _fits(compounds[-1], step))


def within(selectors: tuple[str, ...], path: str) -> bool:
    """Whether `path` stands in, or ends at, an element that one of `selectors` names.

    >>> within((".share",), "/html/body/div.share/ul/li")
    True
    """
    parts = path.split("/")[1:]
    for at, part in enumerate(parts):
        for compounds in _ending(selectors, part):
            if len(compounds) == 1 or _reaches(compounds, len(compounds) - 2, steps(path), at):
                return True
    return False


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
