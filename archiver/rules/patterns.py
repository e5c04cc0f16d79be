"""A rule's own regular expression in, nothing out, or the fault for which no page can wait.

Python's `re` tries every way in which an expression can match before it says no. The ways are
counted here from the expression's parsed form, as `re` itself parses it, and an expression with
too many is refused when the rule file is read; no page is needed to find out.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any

# A pattern is compared with at most this many characters of a line's key; a repetition that has
# no bound of its own is counted as one of this length. Four times the longest label.
MAX_LINE = 480
# Two repetitions without a bound and a few optional letters: 480 × 480 × 4. At the worst a search
# along a line of `MAX_LINE` takes half a second.
MAX_WAYS = 1_000_000

# The parser behind `re.compile`. It has no public name, and nothing public tells the same.
_parse: Callable[[str], Iterable[tuple[Any, Any]]] = importlib.import_module("re._parser").parse

# What matches in one way only. References back to a group are left out: each costs a line's length.
_FIXED = {"LITERAL", "NOT_LITERAL", "ANY", "IN", "AT"}
_NESTED = "a repetition or a choice is repeated as a whole, or a repeated part may be left out"


def _is_space(body: Any) -> bool:  # noqa: ANN401 - the parser's own values
    return str(list(body)) in {"[(LITERAL, 32)]", "[(IN, [(CATEGORY, CATEGORY_SPACE)])]"}


def _repeat(argument: Any) -> int:  # noqa: ANN401
    least, most, body = argument
    inside = _ways(body)
    if most == 1:
        return inside + int(least == 0)
    if inside > 1:
        raise ValueError(_NESTED)
    if _is_space(body):
        return 2  # a match key has no two blanks in a row
    return min(int(most), int(least) + MAX_LINE) - int(least) + 1


_COMPOUND: Mapping[str, Callable[[Any], int]] = {
    "BRANCH": lambda argument: sum(map(_ways, argument[1])),
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "POSSESSIVE_REPEAT": _repeat,
    "SUBPATTERN": lambda argument: _ways(argument[-1]),
    "ATOMIC_GROUP": lambda argument: _ways(argument),  # noqa: PLW0108 - defined below
    "ASSERT": lambda argument: _ways(argument[1]),
    "ASSERT_NOT": lambda argument: _ways(argument[1]),
}


def _ways(parsed: Iterable[tuple[Any, Any]]) -> int:
    """In how many ways, at the most, a parsed sequence can match from one place."""
    return prod(_ways_of(str(operator), argument) for operator, argument in parsed)


def _ways_of(operator: str, argument: Any) -> int:  # noqa: ANN401
    if operator in _FIXED:
        return 1
    if operator not in _COMPOUND:
        raise ValueError("references back to a group have no place in a rule")
    return _COMPOUND[operator](argument)


def check_pattern(text: str) -> None:
    """Refuse an expression that does not read, or that may take longer than a page is worth.

    What is repeated must be able to match in one way only, so that nothing is tried
    exponentially often; and the ways of the whole, on a line of `MAX_LINE` characters, are
    `MAX_WAYS` at the most. Raises ValueError with the fault and what to write instead.

    >>> check_pattern(r"read (?:more|also): .*")
    >>> check_pattern(r"(?:read.*)+:")
    Traceback (most recent call last):
    ValueError: a repetition or a choice is repeated as a whole, or a repeated part may be left out
    """
    try:
        ways = _ways(_parse(text))
    except (re.error, OverflowError, RecursionError) as fault:
        raise ValueError(str(fault)) from fault
    if ways > MAX_WAYS:
        raise ValueError(
            "it has too many repetitions that may each take any length; two that have no bound "
            "are enough, others need a small one: .{0,20}"
        )
