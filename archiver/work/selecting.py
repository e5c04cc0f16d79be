"""A selection carried out: what it asks is brought in step, then documents, and what is left out.

Comes in: an engine and a `Selection`; goes out: the documents' numbers, ascending, and counts of
what was left out, by reason. The indexes of words and of duplicates are written; nothing else is.
"""

from __future__ import annotations

import operator
import re
from array import array
from collections import Counter

from sqlalchemy import Connection, Engine

from archiver.archive import corpus, queries, selection
from archiver.archive import engine as archive
from archiver.archive.condition import condition
from archiver.archive.selection import Chosen, Selection
from archiver.errors import BadInput, TryLater
from archiver.text.query import Query, parse
from archiver.text.terminal import safe
from archiver.work.adding import check_sites
from archiver.work.export_rows import Source
from archiver.work.telling import Tell

LEFT_OUT = "documents left out: "
_BOUND = re.compile(
    r"(?P<name>[a-z0-9_]+)\s*(?P<sign><=|>=|<|>)\s*(?P<number>\d+(\.\d+)?)", re.ASCII
)
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def source(
    engine: Engine, asked: Selection, changes: Counter[str], agent: str, tell: Tell
) -> Source:
    """What names the documents of a selection, and adds to `changes` what it leaves out.

    Raises BadInput for what does not read, is not there, or does not go together.
    """
    query = prepared(engine, asked, tell)

    def documents(c: Connection) -> array[int]:
        chosen = choose(c, asked, query, agent)
        for reason, count in sorted(chosen.left_out.items()):
            changes[LEFT_OUT + reason] += count
        return chosen.documents

    return documents


def prepared(engine: Engine, asked: Selection, tell: Tell) -> Query | None:
    """Check a selection and bring in step what it asks; its query, read. Raises BadInput."""
    check_sites(engine, asked.sites)
    _check(asked)
    query = None
    if asked.query:
        try:
            query = parse(asked.query)
        except ValueError as fault:
            raise BadInput(str(fault)) from fault
    if asked.cleaner:
        with archive.read(engine) as c:
            if queries.recipe(c, asked.cleaner) is None:
                raise BadInput(
                    f"no cleaner is called {asked.cleaner!r}; `archiver cleaner list` lists them"
                )
    if query is not None:
        _search(engine, tell)
    if asked.duplicates != "all":
        _compare(engine, tell)
    return query


def _check(asked: Selection) -> None:
    past = asked.as_of is not None or bool(asked.cleaner)
    for name, given in (("--query", asked.query), ("--duplicates", asked.duplicates != "all")):
        if given and past:
            raise BadInput(
                f"{name} knows the current documents only: leave out --as-of and --cleaner"
            )
    bounds = (
        ("--published", asked.published_since, asked.published_until),
        ("--fetched", asked.fetched_since, asked.fetched_until),
        ("--chars", asked.min_chars, asked.max_chars),
    )
    for name, low, high in bounds:
        if low is not None and high is not None and low > high:  # type: ignore[operator]
            raise BadInput(f"{name}: its bounds leave nothing; the first is above the second")
    if asked.where:
        condition(asked.where, selection.COLUMNS)
    _bounds(asked)


def _search(engine: Engine, tell: Tell) -> None:
    """Bring the index of words in step; where the archive cannot be written, tell what it lacks."""
    # Each of these takes longer to import than most exports of a small archive to run.
    from archiver.archive import search  # noqa: PLC0415
    from archiver.work import search as searching  # noqa: PLC0415

    try:
        searching.update(engine, tell)
    except TryLater as fault:
        with archive.read(engine) as c:
            _lacking(len(search.stale(c)), fault, tell)


def _compare(engine: Engine, tell: Tell) -> None:
    """Bring the index of duplicates in step, as `_search`."""
    from archiver.archive import duplicates  # noqa: PLC0415
    from archiver.work import duplicates as duplicating  # noqa: PLC0415

    try:
        duplicating.update(engine, tell)
    except TryLater as fault:
        with archive.read(engine) as c:
            _lacking(len(duplicates.stale(c)), fault, tell)


def _lacking(pages: int, fault: TryLater, tell: Tell) -> None:
    if pages:
        tell(f"{pages} pages are not in the index that is asked: {fault}")


def choose(c: Connection, asked: Selection, query: Query | None, agent: str) -> Chosen:
    """The documents that are selected and not reserved, and how many are left out for what."""
    chosen = selection.choose(c, asked, query)
    if asked.signals:
        chosen = _sounding(c, asked, chosen)
    if asked.purpose != "training":
        return chosen
    free: array[int] = array("q")
    for one in selection.stated(c, chosen.documents):
        reason = _reserved(one, agent)
        if reason:
            chosen.left_out[f"reserved, {reason}"] += 1
        else:
            free.append(one.document)
    return Chosen(free, chosen.left_out)


def _bounds(asked: Selection) -> list[tuple[str, str, float]]:
    """The bounds of signals: name, sign and number. Raises BadInput for what is none."""
    if not asked.signals:
        return []
    from archiver.text.quality import Signals  # noqa: PLC0415 - as above

    bounds = []
    for said in asked.signals:
        found = _BOUND.fullmatch(said.strip())
        if found is None or found["name"] not in Signals.__slots__:
            raise BadInput(
                f"--signal {safe(said)!r}: write one as 'digits <= 0.3'; "
                f"there are {', '.join(Signals.__slots__)}"
            )
        bounds.append((found["name"], found["sign"], float(found["number"])))
    return bounds


def _sounding(c: Connection, asked: Selection, chosen: Chosen) -> Chosen:
    """Those whose signals are within bounds; one that is not known of a text bars nothing."""
    from archiver.text.quality import signals  # noqa: PLC0415 - as above

    bounds = _bounds(asked)
    kept: array[int] = array("q")
    for page in corpus.rows(c, ("text", "language", "languages"), chosen.documents):
        for row in page:
            found = signals(row["text"], row["language"], row["languages"] or ())
            unmet = next((one for one in bounds if _unmet(getattr(found, one[0]), one)), None)
            if unmet is None:
                kept.append(row["id"])
            else:
                chosen.left_out[f"signal {unmet[0]}"] += 1
    return Chosen(kept, chosen.left_out)


def _unmet(value: float | None, bound: tuple[str, str, float]) -> bool:
    return value is not None and not _SIGNS[bound[1]](value, bound[2])


def _reserved(one: selection.Stated, agent: str) -> str:
    """Why a document must not train models: what its page said, or what its site says now."""
    from archiver.fetch import reservations, signals  # noqa: PLC0415 - as above

    reason = reservations.reserved(one.signals)
    if not reason and (one.robots_txt or one.tdmrep or one.ai_txt):
        reason = reservations.reserved(
            signals.of_site(one.robots_txt, one.tdmrep, one.ai_txt, one.url, agent)
        )
    return reason or reservations.shut_out(one.robots_txt, one.url)
