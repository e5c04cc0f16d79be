"""Chrome as data: rule files in, validated `Rule` values out.

A pack is one file: ``base.toml``, ``lang/<BCP 47>.toml``, ``cms/<system>.toml``, or a user's own
file, which may name the `sites` and `languages` that it is for. Nothing here looks at a page.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from archiver.errors import BadRules
from archiver.model import Container, Rule
from archiver.rules.patterns import check_pattern
from archiver.text import normal, paths
from archiver.text.prose import words

SHIPPED = Path(__file__).parent
LEARNED = "learned"  # what `rules learn` writes, in the user's folder: a file a site

_TEXTS = ("id", "kind", "label", "why", "pattern")
# Each wildcard multiplies the ways in which a line can be tried.
_MAX_WILDCARDS = 3
_LISTS = ("phrases", "selectors", "strips", "keeps")
_DATES = ("since", "until")
KEYS = (*_TEXTS, *_LISTS, "needs_context", *_DATES)
_PACK = ("about", "rule", "container", "recognise", "sites", "languages")
_CONTAINER = tuple("id why selector text chrome quiet letters outside beside unlinked".split())
_ID = re.compile(r'^id = "(.+)"$', re.MULTILINE)  # as the shipped files have it
_MOST_LETTERS = 100_000_000  # of a page; none of the size that is laid out at all has them
_KINDS = (":linked", ":label", ":hidden")  # of lines; a place with none is that of sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One rule file. Empty `sites` and `languages` mean all."""

    name: str  # "base", "lang/hi", "cms/jannah", "user/mine"
    rules: Sequence[Rule]
    recognise: tuple[str, ...] = ()  # globs over a page's hints; for cms packs
    sites: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    containers: tuple[Container, ...] = ()  # of the one site that it is for


class _Unread(Sequence[Rule]):
    """The rules of a shipped pack of a language, read when somebody looks at them.

    A run meets a few of the languages; to read all of them takes as long as to clean ten pages.
    """

    def __init__(self, *told: Any) -> None:  # noqa: ANN401 - what `read_pack` takes
        """Take what `read_pack` takes."""
        self._told = told

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return tuple(read_pack(*self._told).rules)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rules, without reading the rules."""
        return tuple(_ID.findall(self._told[0].read_text("utf-8")))

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401 - a number or a slice
        return self._rules[at]

    def __len__(self) -> int:
        return len(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)


def _strings(file: str, rule: str, name: str, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, str) and one.strip() for one in raw):
        raise BadRules(file, rule, f"{name} must be a list of texts, none of them empty")
    return tuple(normal.nfc(one) for one in raw)


def _moment(file: str, rule: str, name: str, raw: object) -> str:
    """A day or a time of TOML as ISO 8601 in UTC, to the microsecond: all of one width.

    >>> _moment("mine.toml", "mine.app", "since", date(2026, 3, 1))
    '2026-03-01T00:00:00.000000+00:00'
    """
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime.combine(raw, time(), UTC)
    try:
        if isinstance(raw, datetime) and raw.tzinfo is not None:
            return raw.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:  # the first or the last hours of all time, in another zone
        pass
    raise BadRules(file, rule, f"{name} must be a day, like 2026-03-01, or a time with its zone")


def _value(file: str, rule: str, key: str, raw: object) -> Any:  # noqa: ANN401 - as the key is
    """One key of a rule, read; BadRules for one that there is not, or of another type."""
    if key in _LISTS:
        return _strings(file, rule, key, raw)
    if key in _DATES:
        return _moment(file, rule, key, raw)
    if key in _TEXTS:
        if not isinstance(raw, str):
            raise BadRules(file, rule, f"{key} must be a text")
        return normal.nfc(raw)
    if key != "needs_context":
        raise BadRules(file, rule, f"there is no key {key!r}; there are {', '.join(KEYS)}")
    if not isinstance(raw, bool):
        raise BadRules(file, rule, "needs_context must be true or false")
    return raw


def _rule(
    file: str, number: int, raw: object, kinds: Mapping[str, bool], check: Callable[[str], object]
) -> Rule:
    """One ``[[rule]]`` table as a Rule, or BadRules with what is wrong."""
    if not isinstance(raw, dict):
        raise BadRules(file, f"#{number}", "a rule is written as a [[rule]] table")
    name = str(raw.get("id") or f"#{number}")
    values = {key: _value(file, name, key, value) for key, value in raw.items()}
    for needed in ("id", "kind", "why"):
        if not values.get(needed):
            raise BadRules(file, name, f"{needed} is missing")
    values.setdefault("label", values["id"].rpartition(".")[2].replace("-", "_"))
    rule = Rule(**values)
    _check_matter(file, rule, kinds, check)
    return rule


def _container(file: str, number: int, raw: object) -> Container:
    """One ``[[container]]`` table as a Container, or BadRules with what is wrong."""
    if not isinstance(raw, dict):
        raise BadRules(file, f"#{number}", "a container is written as a [[container]] table")
    name = str(raw.get("id") or f"#{number}")
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in {"id", "why", "selector"} and isinstance(value, str):
            values[key] = normal.nfc(value)
        elif key in {"text", "chrome"}:
            values[key] = _places(file, name, key, value)
        elif key == "quiet":
            values[key] = _strings(file, name, key, value)
        elif key in _DATES:
            values[key] = _moment(file, name, key, value)
        elif key in _CONTAINER:
            values[key] = _letters(file, name, key, value)
        else:
            known = ", ".join((*_CONTAINER, *_DATES))
            raise BadRules(file, name, f"there is no key {key!r}; there are {known}")
    for needed in ("id", "why", "selector", "text", "chrome", "letters", "outside"):
        if needed not in values or values[needed] == "":
            raise BadRules(file, name, f"{needed} is missing")
    _check_container(file, name, values)
    return Container(**values)


def _places(file: str, container: str, key: str, raw: object) -> tuple[str, ...]:
    """The places of a list. An empty one is the container itself, its own text."""
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise BadRules(file, container, f"{key} must be a list of texts")
    for one in raw:
        head = one.removesuffix("/*") if key == "chrome" else one
        if "*" in head or (one and not head):
            fault = f"{key}: {one!r} is no place; an element with all in it is written as aside/*"
            raise BadRules(file, container, fault if key == "chrome" else f"{key}: no * in {one!r}")
    return tuple(normal.nfc(one) for one in raw)


def _is_count(raw: object) -> bool:
    return type(raw) is int and 0 <= raw <= _MOST_LETTERS


def _letters(file: str, container: str, key: str, raw: object) -> Any:  # noqa: ANN401 - as the key is
    """Numbers of letters as a Container has them under `key`."""
    whole = f"from 0 to {_MOST_LETTERS}"
    if key == "letters":
        if not isinstance(raw, list) or len(raw) != 2 or not all(map(_is_count, raw)):  # noqa: PLR2004
            raise BadRules(file, container, f"letters must be two whole numbers {whole}")
        if raw[0] > raw[1]:
            raise BadRules(file, container, "letters: the fewest must come first, then the most")
        return tuple(raw)
    if key == "unlinked":
        if not isinstance(raw, dict) or not all(map(_is_count, raw.values())):
            raise BadRules(file, container, f"unlinked must give places whole numbers {whole}")
        return tuple(sorted((normal.nfc(place), letters) for place, letters in raw.items()))
    if key in {"outside", "beside"} and not _is_count(raw):
        raise BadRules(file, container, f"{key} must be a whole number {whole}")
    return raw


def _check_container(file: str, name: str, values: Mapping[str, Any]) -> None:
    """Raise BadRules for what no page could be held against."""
    if not all(isinstance(values[key], str) for key in ("id", "why", "selector")):
        raise BadRules(file, name, "id, why and selector must be texts")
    if all(one.endswith(_KINDS) for one in values["text"]):
        raise BadRules(file, name, "text needs a place of sentences, like div.text/p")
    if values.get("since") and values.get("until") and values["since"] >= values["until"]:
        raise BadRules(file, name, "it ends before it begins: since must be before until")
    try:
        deep = len(paths.chain(values["selector"]))
    except ValueError as fault:
        raise BadRules(file, name, f"selector: {fault}") from fault
    for one in values.get("quiet", ()):
        level, _, place = one.partition("/")
        if level not in map(str, range(deep)) or not place:
            raise BadRules(file, name, f"quiet: {one!r} does not begin with a level, as 0/header")


def _check_matter(
    file: str, rule: Rule, kinds: Mapping[str, bool], check: Callable[[str], object]
) -> None:
    """Kind known, and given what that kind works with."""
    if rule.kind not in kinds:
        known = ", ".join(sorted(kinds))
        raise BadRules(file, rule.id, f"no kind {rule.kind!r}; there are {known}")
    if rule.since and rule.until and rule.since >= rule.until:
        raise BadRules(file, rule.id, "it ends before it begins: since must be before until")
    if rule.kind == "container" and not rule.selectors:
        raise BadRules(file, rule.id, "a container needs selectors")
    for selector in rule.selectors:
        try:
            check(selector)
        except ValueError as fault:
            raise BadRules(file, rule.id, str(fault)) from fault
    if kinds[rule.kind] and not (rule.phrases or rule.pattern):
        raise BadRules(file, rule.id, "phrases or a pattern is needed")
    _check_words(file, rule)


def _check_words(file: str, rule: Rule) -> None:
    """Phrases or a pattern that read, and that do not match whatever they meet."""
    if rule.phrases and rule.pattern:
        raise BadRules(file, rule.id, "phrases and pattern exclude each other")
    if rule.pattern:
        try:
            check_pattern(rule.pattern)
            expression = re.compile(f"(?:{rule.pattern})")  # as part of a larger one, later
        except (ValueError, re.error) as fault:
            raise BadRules(file, rule.id, f"pattern: {fault}") from fault
        if expression.match(""):
            raise BadRules(file, rule.id, "the pattern matches an empty line")
    for phrase in rule.phrases:
        if phrase.count("{}") + phrase.count("{#}") > _MAX_WILDCARDS:
            many = f"the phrase {phrase!r} has more than {_MAX_WILDCARDS} wildcards"
            raise BadRules(file, rule.id, many)
        if not words(phrase):
            raise BadRules(file, rule.id, f"the phrase {phrase!r} matches every line")


def read_pack(
    file: Path, name: str, kinds: Mapping[str, bool], check: Callable[[str], object]
) -> Pack:
    """Read one rule file.

    `kinds` says of each kind of rule whether it needs words, `check` parses a selector.

    Raises BadRules with the file, the rule and the fault.
    """
    shown = str(file)
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as fault:  # also a number of thousands of digits
        raise BadRules(shown, "", f"cannot be read: {fault}") from fault
    for key in table:
        if key not in _PACK:
            raise BadRules(shown, "", f"there is no key {key!r}; there are {', '.join(_PACK)}")
    raw = table.get("rule", [])
    if not isinstance(raw, list):
        raise BadRules(shown, "", "rules are written as [[rule]] tables")
    rules = [_rule(shown, number, one, kinds, check) for number, one in enumerate(raw, start=1)]
    held = table.get("container", [])
    if not isinstance(held, list):
        raise BadRules(shown, "", "containers are written as [[container]] tables")
    containers = [_container(shown, number, one) for number, one in enumerate(held, start=1)]
    lists = {
        key: _strings(shown, "", key, table.get(key, []))
        for key in ("recognise", "sites", "languages")
    }
    if containers and len(lists["sites"]) != 1:
        raise BadRules(shown, "", 'containers are those of one site: name it as sites = ["..."]')
    return Pack(name=name, rules=tuple(rules), containers=tuple(containers), **lists)


@cache
def _shipped(
    kinds: tuple[tuple[str, bool], ...], check: Callable[[str], object]
) -> tuple[Pack, ...]:
    """The packs of this package, which stay as they are while a process lives."""
    found = []
    for file in sorted(SHIPPED.rglob("*.toml")):
        name = str(file.relative_to(SHIPPED).with_suffix(""))
        told = (file, name, dict(kinds), check)
        of_language = name.startswith("lang/")
        found.append(Pack(name=name, rules=_Unread(*told)) if of_language else read_pack(*told))
    return tuple(found)


def load(
    folder: Path | None, kinds: Mapping[str, bool], check: Callable[[str], object]
) -> tuple[Pack, ...]:
    """All shipped packs and those of the user's `folder`, if it exists; rule ids are unique.

    In the folder those of `LEARNED` are read as well.
    """
    shipped = _shipped(tuple(kinds.items()), check)
    if folder is None or not folder.exists():
        return shipped  # whose ids are unique: a test looks
    if not folder.is_dir():
        raise BadRules(str(folder), "", "is no folder; rule files lie in a folder of this name")
    files = sorted((*folder.glob("*.toml"), *folder.glob(f"{LEARNED}/*.toml")))
    for file in files:
        if file.exists() and not file.is_file():  # a pipe would be waited for without end
            said = "is no file but a folder, a pipe or a device; move it away"
            raise BadRules(str(file), "", said)
    own = [
        read_pack(file, f"user/{str(file.relative_to(folder))[: -len('.toml')]}", kinds, check)
        for file in files
    ]
    packs = (*shipped, *own)
    owners: dict[str, str] = {}
    for pack in packs if own else ():
        named = (
            pack.rules.ids if isinstance(pack.rules, _Unread) else [one.id for one in pack.rules]
        )
        for id_ in (*named, *(one.id for one in pack.containers)):
            if id_ in owners:
                raise BadRules(pack.name, id_, f"the id is taken by {owners[id_]}")
            owners[id_] = pack.name
    return packs


def containers(packs: Sequence[Pack]) -> Mapping[str, tuple[Container, ...]]:
    """The containers by the site that they are of, in the order of their ids."""
    found: dict[str, list[Container]] = {}
    for pack in packs:
        if pack.containers:
            found.setdefault(pack.sites[0], []).extend(pack.containers)
    return {site: tuple(sorted(of, key=lambda one: one.id)) for site, of in found.items()}


def recognisers(packs: Sequence[Pack]) -> Mapping[str, tuple[str, ...]]:
    """Globs over page hints by the name of the CMS pack that they recognise."""
    return {
        pack.name.removeprefix("cms/"): pack.recognise
        for pack in packs
        if pack.name.startswith("cms/")
    }


def acting(
    packs: Sequence[Pack], site: str, language: str, systems: Sequence[str]
) -> tuple[Pack, ...]:
    """The packs that act on a page of `site` in `language` made by `systems`.

    The base, the pack of the language and of English, those of the systems, and the user's that
    name this site or language or neither.
    """
    primary = language.partition("-")[0]
    names = {"base", "lang/en", f"lang/{primary}", *(f"cms/{system}" for system in systems)}

    def wanted(pack: Pack) -> bool:
        here = not pack.sites or site in pack.sites
        spoken = not pack.languages or primary in pack.languages
        return pack.name.startswith("user/") and here and spoken

    return tuple(pack for pack in packs if pack.name in names or wanted(pack))


def select(
    packs: Sequence[Pack], site: str, language: str, systems: Sequence[str]
) -> tuple[Rule, ...]:
    """The rules of the packs that act on such a page."""
    chosen = acting(packs, site, language, systems)
    return tuple(rule for pack in chosen for rule in pack.rules)
