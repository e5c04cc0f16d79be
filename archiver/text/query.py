"""What people search for: a line of words, phrases and prefixes in, their search forms out. Pure.

All words must be there; ``"..."`` is a phrase, ``word*`` the beginning of a word, ``-word`` (and
``-"..."``) must not be there. Anything else between words is a blank.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archiver.text import search
from archiver.text.terminal import safe

MAX_WORDS = 64  # of a query; each is a look-up in the index
_QUOTES = str.maketrans("“”„«»", '"""""')  # word processors set them
_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))|(?P<open>")')


@dataclass(frozen=True, slots=True)
class Term:
    """Words in their search form that stand one behind another; `prefix`: the last one begins so.

    What is one word to a reader and two to the index ("कुतुब-मीनार") is a phrase of two.
    """

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a text must have, at least one term, and what it must not have."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


def parse(text: str) -> Query:
    """Read a query. Raises ValueError, which says why, where it does not read or has no word.

    >>> query = parse('kita* "नई दिल्ली" -mumbai')
    >>> query.wanted
    (Term(words=('kita',), prefix=True), Term(words=('नई', 'दिल्ली'), prefix=False))
    >>> query.unwanted
    (Term(words=('mumbai',), prefix=False),)
    """
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for found in _TERM.finditer(text.translate(_QUOTES)):
        if found["open"]:
            raise ValueError(
                'the query has a quotation mark too many; write a phrase as "two words"'
            )
        term = _term(found)
        if found["minus"] and term is None:
            raise ValueError('a minus leaves out the word behind it, as in: -word or -"two words"')
        if term is not None:
            (unwanted if found["minus"] else wanted).append(term)
    if not wanted:
        raise ValueError("the query names no word to look for; write at least one without a minus")
    if sum(len(term.words) for term in (*wanted, *unwanted)) > MAX_WORDS:
        raise ValueError(f"the query has more than {MAX_WORDS} words; leave some out")
    return Query(tuple(wanted), tuple(unwanted))


def _term(found: re.Match[str]) -> Term | None:
    """One term; None for signs without a word."""
    said = found["phrase"] if found["word"] is None else found["word"]
    prefix = found["word"] is not None and said.endswith("*")
    bare = said.removesuffix("*") if prefix else said
    words = tuple(search.forms(bare))
    if ("*" in bare and found["phrase"] is None) or (prefix and not words):
        shown = safe(said[:40])
        raise ValueError(f"{shown}: a star stands behind the beginning of a word, as in: kita*")
    return Term(words, prefix) if words else None
