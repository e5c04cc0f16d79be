"""A condition that a user writes over documented columns: SQL text in, safe SQL out. Pure.

It is read token by token and put together again from what is known: names of columns, operators
and functions that SQLite and PostgreSQL both have and that only compute. Nothing else goes through,
so it can neither write, nor read another table, nor call what a server's extensions offer; there
is no `SELECT` in it. Texts become bound values, so none of them is ever syntax.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archiver.archive.packing import sound
from archiver.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_TOKENS = 500  # SQLite refuses an expression deeper than 1000 (sqlite.org/limits.html)

# Blanks are ASCII's: SQLite knows no others.
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<text>'(?:[^']|'')*')"
    r'|(?P<quoted>"[a-z_]+")'
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)(?![A-Za-z0-9_.])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|<>|!=|\|\||[-+*/%(),=<>])"
)
_WORDS = frozenset(
    "AND BETWEEN CASE ELSE END ESCAPE FALSE IN IS LIKE NOT NULL OR THEN TRUE WHEN".split()
)
_FUNCTIONS = frozenset("abs coalesce length lower nullif replace round substr trim upper".split())


def condition(said: str, columns: Collection[str]) -> tuple[str, dict[str, str]]:
    """The condition over `columns`, and its texts by the names of parameters.

    Raises BadInput, which names the column or the sign, for what is none.

    >>> condition("site = 'a:b' and length(text) > 500", ["site", "text"])
    ('site = :said_0 AND length ( text ) > 500', {'said_0': 'a:b'})
    """
    parts: list[str] = []
    texts: dict[str, str] = {}
    at = depth = 0
    while at < len(said):
        found = _TOKEN.match(said, at)
        if found is None:
            raise BadInput(f"--where: {said[at : at + 20]!r} does not read; {_known(columns)}")
        at = found.end()
        token, kind = found[0], found.lastgroup
        if kind == "blank":
            continue
        if kind == "text":
            name = f"said_{len(texts)}"
            parts.append(f":{name}")
            texts[name] = sound(token[1:-1].replace("''", "'"))
        elif kind in {"name", "quoted"}:
            parts.append(_named(token, columns, called=said[at:].lstrip(" \t\r\n")[:1] == "("))
        else:
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth < 0:
                break
            parts.append(token)
    if depth:
        raise BadInput("--where: its brackets do not match")
    if not parts or len(parts) > MAX_TOKENS:
        raise BadInput(f"--where: give one condition of at most {MAX_TOKENS} words and signs")
    # With blanks between: two minus signs, or a slash and a star, begin a comment where they touch.
    return " ".join(parts), texts


def _named(token: str, columns: Collection[str], *, called: bool) -> str:
    name = token.strip('"')
    if token.upper() in _WORDS:
        return token.upper()
    if called and token.lower() in _FUNCTIONS:
        return token.lower()
    if name.lower() in columns and not called:
        return name.lower()
    if called:
        raise BadInput(f"--where: no function {name!r}; there are {', '.join(sorted(_FUNCTIONS))}")
    raise BadInput(f"--where: no column {name!r}; {_known(columns)}")


def _known(columns: Collection[str]) -> str:
    return f"there are {', '.join(columns)}"
