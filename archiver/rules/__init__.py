"""Chrome as data: rule files in, validated `Rule` values out.

A pack is one file: ``base.toml``, ``lang/<BCP 47>.toml``, ``cms/<system>.toml``, or a user's own
file, which may name the `sites` and `languages` that it is for. Nothing here looks at a page.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.errors import BadRules
from archiver.model import Rule
from archiver.rules.patterns import check_pattern
from archiver.text import normal
from archiver.text.prose import words

SHIPPED = Path(__file__).parent

_TEXTS = ("id", "kind", "label", "why", "pattern")
# Each wildcard multiplies the ways in which a line can be tried.
_MAX_WILDCARDS = 3
_LISTS = ("phrases", "selectors", "strips", "keeps")
_PACK = ("about", "rule", "recognise", "sites", "languages")
# Kinds that say where chrome stands and need no words for it.
_STRUCTURAL = (
    *("title", "above_title", "standfirst", "date_line", "dateline", "repeated"),
    *("byline", "teasers", "stray", "next_story"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One rule file. Empty `sites` and `languages` mean all."""

    name: str  # "base", "lang/hi", "cms/jannah", "user/mine"
    rules: tuple[Rule, ...]
    recognise: tuple[str, ...] = ()  # globs over a page's hints; for cms packs
    sites: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def _strings(file: str, rule: str, name: str, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, str) and one.strip() for one in raw):
        raise BadRules(file, rule, f"{name} must be a list of texts, none of them empty")
    return tuple(normal.nfc(one) for one in raw)


def _rule(
    file: str, number: int, raw: object, kinds: Iterable[str], check: Callable[[str], object]
) -> Rule:
    """One ``[[rule]]`` table as a Rule, or BadRules with what is wrong."""
    if not isinstance(raw, dict):
        raise BadRules(file, f"#{number}", "a rule is written as a [[rule]] table")
    name = str(raw.get("id") or f"#{number}")
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in _TEXTS:
            if not isinstance(value, str):
                raise BadRules(file, name, f"{key} must be a text")
            values[key] = normal.nfc(value)
        elif key in _LISTS:
            values[key] = _strings(file, name, key, value)
        elif key == "needs_context":
            if not isinstance(value, bool):
                raise BadRules(file, name, "needs_context must be true or false")
            values[key] = value
        else:
            known = ", ".join((*_TEXTS, *_LISTS, "needs_context"))
            raise BadRules(file, name, f"there is no key {key!r}; there are {known}")
    for needed in ("id", "kind", "why"):
        if not values.get(needed):
            raise BadRules(file, name, f"{needed} is missing")
    values.setdefault("label", values["id"].rpartition(".")[2].replace("-", "_"))
    rule = Rule(**values)
    _check_matter(file, rule, kinds, check)
    return rule


def _check_matter(
    file: str, rule: Rule, kinds: Iterable[str], check: Callable[[str], object]
) -> None:
    """Kind known, and given what that kind works with."""
    if rule.kind not in kinds:
        known = ", ".join(sorted(kinds))
        raise BadRules(file, rule.id, f"no kind {rule.kind!r}; there are {known}")
    if rule.kind == "container" and not rule.selectors:
        raise BadRules(file, rule.id, "a container needs selectors")
    for selector in rule.selectors:
        try:
            check(selector)
        except ValueError as fault:
            raise BadRules(file, rule.id, str(fault)) from fault
    wordless = rule.kind == "container" or rule.kind in _STRUCTURAL
    if not wordless and not (rule.phrases or rule.pattern):
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


def read_pack(file: Path, name: str, kinds: Iterable[str], check: Callable[[str], object]) -> Pack:
    """Read one rule file. `kinds` are the rule kinds that exist, `check` parses a selector.

    Raises BadRules with the file, the rule and the fault.
    """
    shown = str(file)
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadRules(shown, "", f"cannot be read: {fault}") from fault
    for key in table:
        if key not in _PACK:
            raise BadRules(shown, "", f"there is no key {key!r}; there are {', '.join(_PACK)}")
    raw = table.get("rule", [])
    if not isinstance(raw, list):
        raise BadRules(shown, "", "rules are written as [[rule]] tables")
    known = tuple(kinds)
    rules = [_rule(shown, number, one, known, check) for number, one in enumerate(raw, start=1)]
    lists = {
        key: _strings(shown, "", key, table.get(key, []))
        for key in ("recognise", "sites", "languages")
    }
    return Pack(name=name, rules=tuple(rules), **lists)


def load(
    folder: Path | None, kinds: Iterable[str], check: Callable[[str], object]
) -> tuple[Pack, ...]:
    """All shipped packs and those of the user's `folder`, if it exists; rule ids are unique."""
    known = tuple(kinds)
    packs = [
        read_pack(file, str(file.relative_to(SHIPPED).with_suffix("")), known, check)
        for file in sorted(SHIPPED.rglob("*.toml"))
    ]
    if folder is not None and folder.exists() and not folder.is_dir():
        raise BadRules(str(folder), "", "is no folder; rule files lie in a folder of this name")
    if folder is not None and folder.is_dir():
        packs += [
            read_pack(file, f"user/{file.stem}", known, check)
            for file in sorted(folder.glob("*.toml"))
        ]
    owners: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.id in owners:
                raise BadRules(pack.name, rule.id, f"the id is taken by {owners[rule.id]}")
            owners[rule.id] = pack.name
    return tuple(packs)


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
