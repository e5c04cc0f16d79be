"""The cleaners of an archive: list them, show and compare recipes, prune what old ones made.

An engine comes in, rows and lines go out. Only `prune` writes, a few hundred documents at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import versions
from archiver.clean import identity
from archiver.errors import BadInput
from archiver.extract.page import ENGINES
from archiver.text.terminal import safe
from archiver.work.cleaning import Cleaner
from archiver.work.history import moment
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent
from archiver.work.views import packed

# Kinds of pages of one cleaner, at most; a statement takes 32,766 values (sqlite.org/limits.html).
# What is left is for the next pruning.
KINDS = 1000
CHUNK = 500  # documents a transaction: about a tenth of a second, in which writers wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A cleaner with what may be told of it."""

    row: versions.CleanerRow
    in_force: bool
    releases: tuple[str, ...]  # that are of it or hold documents of it

    @property
    def packs(self) -> list[str]:
        """The rule packs that its rules come from, as far as their ids tell."""
        return sorted({str(rule["id"]).partition(".")[0] for rule in _rules(self.row.recipe)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a pruning would remove: documents and their characters by cleaner; texts in all."""

    old: versions.Old
    going: dict[str, tuple[int, int]]
    texts: int


def _rules(recipe: dict[str, Any]) -> list[dict[str, Any]]:
    return list(recipe.get("rules", []))


def listed(engine: Engine, cleaner: Cleaner) -> list[Listed]:
    """All cleaners of the archive, in the order in which they made their first documents."""
    with archive.read(engine) as c:
        rows = versions.cleaners(c)
        releases = versions.released(c)
        selected = {cleaner.name(*kind) for kind in versions.kinds_of_pages(c)}
        # Where the cache of layouts was dropped, nothing tells what CMS a page was made with: what
        # today's rules can still be the recipe of is then taken to be in force.
        for row in rows:
            makeable = row.id not in selected and _is_todays(cleaner, row)
            if makeable and versions.has_unlaid(c, row.id):
                selected.add(row.id)
    return [
        Listed(row=row, in_force=row.id in selected, releases=tuple(releases.get(row.id, ())))
        for row in rows
    ]


def _is_todays(cleaner: Cleaner, row: versions.CleanerRow) -> bool:
    """Whether some of today's rule packs together are this very recipe."""
    ids = {rule["id"] for rule in _rules(row.recipe)}
    acting = [
        rule
        for pack in cleaner.packs
        if {rule.id for rule in pack.rules} <= ids
        for rule in pack.rules
    ]
    site = cleaner.site_of(str(row.recipe.get("extractor")))
    return site is not None and identity.cleaner_id(cleaner.recipe_with(acting, site)) == row.id


def listing(found: Sequence[Listed], *, as_json: bool) -> Iterator[str]:
    """One line a cleaner."""
    if as_json:
        for one in found:
            yield packed({**_facts(one), "packs": one.packs})
        return
    if not found:
        yield "no cleaner was used yet"
        return
    yield (
        f"{'cleaner':<16}  {'first used':<19}  rev  {'extractor':<16}  rules  documents  current"
        "  pinned  in force  packs"
    )
    for one in found:
        row, recipe = one.row, one.row.recipe
        yield safe(
            f"{row.id:<16}  {moment(row.at)}  {recipe.get('revision', '?')!s:>3}  "
            f"{recipe.get('extractor', '?')!s:<16}  {len(_rules(recipe)):>5}  {row.documents:>9}  "
            f"{row.current:>7}  {row.pinned:>6}  {'yes' if one.in_force else '-':<8}  "
            f"{' '.join(one.packs)}"
        )


def _facts(one: Listed) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "first_used": row.at,
        "revision": row.recipe.get("revision"),
        "extractor": row.recipe.get("extractor"),
        "rules": len(_rules(row.recipe)),
        "documents": row.documents,
        "current": row.current,
        "pinned": row.pinned,
        "releases": list(one.releases),
        "in_force": one.in_force,
    }


def _named(found: Sequence[Listed], name: str) -> Listed:
    for one in found:
        if one.row.id == name:
            return one
    raise BadInput(f"{safe(name)}: no cleaner of this archive; `archiver cleaner list` has them")


def shown(engine: Engine, cleaner: Cleaner, name: str, *, as_json: bool) -> Iterator[str]:
    """One cleaner's recipe: what is known of it, then its rules by id. Raises BadInput."""
    one = _named(listed(engine, cleaner), name)
    recipe = one.row.recipe
    engines = (
        {name: version(name) for name in ENGINES}
        if cleaner.site_of(str(recipe.get("extractor"))) is not None
        else None
    )
    if as_json:
        yield packed({**_facts(one), "engines": engines, "recipe": recipe})
        return
    for key, value in _facts(one).items():
        if value == []:
            continue
        told = moment(value) if isinstance(value, datetime) else value
        yield safe(f"{key}: {', '.join(told) if isinstance(told, list) else told}")
    if engines is None:
        yield "engines: of another version of archiver; the extractor's id stands for them"
    else:
        yield f"engines: {', '.join(f'{name} {number}' for name, number in engines.items())}"
    yield ""
    for rule in _rules(recipe):
        yield safe(f"{rule['id']}  {rule.get('kind')}  {rule.get('label')}  {_matter(rule)}")


def _matter(rule: dict[str, Any]) -> str:
    """What a rule matches: its pattern, or its phrases, or its selectors."""
    context = " (in context)" if rule.get("needs_context") else ""
    found = [str(rule["pattern"])] if rule.get("pattern") else []
    found += [*rule.get("phrases", []), *rule.get("selectors", [])]
    return " | ".join(found) + context


def differing(
    engine: Engine, cleaner: Cleaner, a: str, b: str, *, as_json: bool
) -> Iterator[tuple[str, str]]:
    """What differs between two recipes, as (sign, line); the sign is part of the line.

    Signs are ``-`` for what only the first has, ``+`` for what only the second has. Raises
    BadInput.
    """
    found = listed(engine, cleaner)
    old, new = (_named(found, name).row.recipe for name in (a, b))
    before, after = ({rule["id"]: rule for rule in _rules(recipe)} for recipe in (old, new))
    for key in ("revision", "extractor"):
        if old.get(key) == new.get(key):
            continue
        if as_json:
            yield "", packed({"op": "changed", key: [old.get(key), new.get(key)]})
        else:
            yield "-", safe(f"- {key}: {old.get(key)}")
            yield "+", safe(f"+ {key}: {new.get(key)}")
    for name in sorted(before.keys() | after.keys()):
        here, there = before.get(name), after.get(name)
        if here == there:
            continue
        if as_json:
            op = "gone" if there is None else "added" if here is None else "changed"
            yield "", packed({"op": op, "rule": name, "old": here, "new": there})
            continue
        if here is not None:
            yield "-", safe(f"- {name}  {_changed(here, there)}")
        if there is not None:
            yield "+", safe(f"+ {name}  {_changed(there, here)}")


def _changed(rule: dict[str, Any], other: dict[str, Any] | None) -> str:
    """What of a rule the other recipe's rule of that name has not; all of it if there is none."""
    if other is None:
        return f"{rule.get('kind')}  {rule.get('label')}  {_matter(rule)}"
    told = []
    for key, value in rule.items():
        if value == other.get(key):
            continue
        if isinstance(value, list):
            value = " | ".join(one for one in value if one not in other.get(key, []))  # noqa: PLW2901
        told.append(f"{key}: {value}")
    return "; ".join(told)


# Pruning


def plan(engine: Engine, cleaner: Cleaner, names: Sequence[str], *, all_old: bool) -> Plan:
    """What pruning these cleaners, or all that are old, would remove.

    Old is what is not in force and no release pins; and what a cleaner that is in force made of
    pages for which another one is, as those of a site that has rules of its own since. Raises
    BadInput where a cleaner that is named has none such, or is not known.
    """
    if bool(names) == all_old:
        raise BadInput("name the cleaners to prune, or say --all-old")
    found = listed(engine, cleaner)
    chosen = [_named(found, name) for name in dict.fromkeys(names)] if names else found
    free = [one for one in chosen if not one.releases]
    elsewhere = _elsewhere(engine, cleaner, [one.row.id for one in free if one.in_force])
    for one in chosen if names else ():
        if one.in_force and one.row.id not in elsewhere and not one.releases:
            raise BadInput(f"{one.row.id}: is in force; today's rules make it")
        if one.releases:
            pinned = ", ".join(map(safe, one.releases))
            raise BadInput(f"{one.row.id}: is pinned by the releases {pinned}; it stays")
    old = versions.Old(tuple(one.row.id for one in free if not one.in_force), elsewhere)
    if not old.names and not old.kinds:
        return Plan(old=old, going={}, texts=0)
    with archive.read(engine) as c:
        going = versions.count_prunable(c, old)
        return Plan(old=old, going=going, texts=versions.count_orphans(c, old) if going else 0)


def _elsewhere(
    engine: Engine, cleaner: Cleaner, names: Sequence[str]
) -> dict[str, list[versions.Kind]]:
    """The kinds of pages for which these cleaners, in force for others, are not; by cleaner."""
    if not names:
        return {}
    with archive.read(engine) as c:
        cleaned = versions.kinds_cleaned(c, names)
    old = {
        name: [kind for kind in kinds if cleaner.name(*kind) != name][:KINDS]
        for name, kinds in cleaned.items()
    }
    return {name: kinds for name, kinds in old.items() if kinds}


def planned(found: Plan) -> Iterator[str]:
    """Lines that say what a pruning would remove."""
    for name, (documents, chars) in sorted(found.going.items()):
        yield f"{name}: {documents} documents, {chars} characters"
    documents = sum(count for count, _ in found.going.values())
    yield f"in all {documents} documents and {found.texts} texts that no other document has"


def prune(
    engine: Engine,
    found: Plan,
    *,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> dict[str, int]:
    """Remove what the plan names; how many documents and texts went.

    Each transaction removes some documents with all that is theirs and records it: killed
    anywhere, it goes on when it is run again. What a plan names may have become current or pinned
    since; that stays.
    """
    asked = {"cleaners": [*found.old.names, *found.old.kinds]}
    with recorded(engine, "prune", asked, clock) as (_, counts):
        after = 0
        while True:
            with archive.read(engine) as c:
                rows = versions.prunable(c, found.old, after=after, limit=CHUNK)
            if not rows:
                break
            ids = [row[0] for row in rows]
            with archive.write(engine) as c:
                gone = versions.prune(c, ids, found.old, clock())
            after = ids[-1]
            counts.update(documents=gone.documents.total(), texts=gone.texts)
            if gone.damaged:
                counts["damaged"] += gone.damaged
                tell(f"{gone.damaged} documents had marks that do not read: their rules count on")
            tell(f"{counts['documents']} documents are gone", passing=True)
    return dict(Counter(counts))
