"""Settings: one frozen value, read once in `cli.py` and passed down; never imported as a global.

Defaults stand here; `archiver.toml` overrides them, then ``ARCHIVER_*`` variables.
"""

from __future__ import annotations

import os
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from archiver.errors import BadRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user may set. Sizes are bytes, times are seconds."""

    database: str = "sqlite:///archive.db"  # any SQLAlchemy URL
    agent: str = "archiver"  # the product token that robots.txt is asked for
    contact: str = ""  # an e-mail address or URL; needed before the first fetch outside loopback
    rules: str = ""  # folder of the user's own rule files; empty: `rules` beside the archive
    sites: str = ""  # folder of the user's site files; empty: `sites` beside the archive
    chromium: str = ""  # the browser for sites that are rendered; empty: the one on PATH
    pause: float = 5.0  # between two requests to one host
    hosts: int = 64  # hosts fetched from at the same time
    connect_timeout: float = 5.0
    deadline: float = 10.0  # for one URL, redirects included
    max_bytes: int = 10 * 1024 * 1024  # of a body, decompressed
    max_redirects: int = 10
    max_attempts: int = 2
    feed_interval: float = 1800.0  # at first; then by what its visits bring, between these two
    feed_interval_min: float = 600.0
    feed_interval_max: float = 2 * 3600.0
    sitemap_interval: float = 6 * 3600.0  # at least
    # Ages at which a page is fetched again, from its date or first sight; then never.
    page_revisits: tuple[float, ...] = (1800.0, 4 * 3600.0, 86400.0, 7 * 86400.0)
    reclean_max_lost: float = 20.0  # per cent of a site's text that a re-clean may take away
    reclean_max_emptied: int = 50  # documents that it may leave without a text
    alarm_webhook: str = ""  # a URL that is told of alarms by a POST of JSON; empty: none
    alarm_mail: str = ""  # addresses that are told, parted by commas; empty: none
    alarm_smtp: str = "smtp://localhost:25"  # what sends it; smtps:// and user:password@ as needed
    metrics: str = ""  # port, or host:port, of `/metrics` while `schedule run` lasts; empty: none
    learn_accept: bool = False  # whether `rules learn` puts in force what it proposes


# Thirty years: later moments than this from now may be no dates, and no waits, any more.
_LONGEST = 1e9


def _seconds(raw: float | str) -> float:
    """A number of seconds that can be waited for: not negative, not endless."""
    seconds = float(raw)
    if isinstance(raw, bool) or not 0 <= seconds <= _LONGEST:
        raise ValueError(raw)
    return seconds


_TRUE_OR_FALSE = {"true": True, "1": True, "false": False, "0": False}
_WANTED: dict[object, str] = {
    float: "a number from 0 to 1000000000",
    bool: "true or false",
    int: "a whole number",
    str: "a text: write it in quotes",
    tuple[float, ...]: "a list of numbers from 0 to 1000000000, like [1800, 86400]",
}


def _value(raw: object, kind: object, where: str, name: str) -> object:
    """Read `raw`, from TOML or an environment variable, as the type of the field `name`."""
    try:
        if kind is float and isinstance(raw, (int, float, str)):
            return _seconds(raw)
        if kind is bool and str(raw).lower() in _TRUE_OR_FALSE:
            return _TRUE_OR_FALSE[str(raw).lower()]
        if kind is int and isinstance(raw, (int, str)) and not isinstance(raw, bool):
            if int(raw) < 1:
                raise BadRules(where, "", f"{name} = {raw!r}: it must be 1 or more")
            return int(raw)
        if kind is str and isinstance(raw, str):
            return raw
        if isinstance(kind, types.GenericAlias):
            parts = raw.split(",") if isinstance(raw, str) else raw
            return tuple(_seconds(part) for part in parts)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        pass
    raise BadRules(where, "", f"{name} = {raw!r} is not {_WANTED[kind]}")


def read(file: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Defaults, then `file` (or ``archiver.toml`` where it exists), then ``ARCHIVER_*``.

    Raises BadRules, which names the file or variable, the setting and the fault.
    """
    kinds = get_type_hints(Settings)
    found: dict[str, Any] = {}
    path = file or Path("archiver.toml")
    if file is not None or path.exists():
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            raise BadRules(str(path), "", f"cannot be read: {fault}") from fault
        for name, raw in table.items():
            if name not in kinds:
                known = ", ".join(field.name for field in fields(Settings))
                raise BadRules(str(path), "", f"no setting is called {name!r}; there are {known}")
            found[name] = _value(raw, kinds[name], str(path), name)
    for name, kind in kinds.items():
        variable = f"ARCHIVER_{name.upper()}"
        if variable in environment:
            found[name] = _value(environment[variable], kind, variable, name)
    return replace(Settings(), **found)
