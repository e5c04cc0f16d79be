"""Rules that are superfluous, too broad or never act: packs in, findings out.

What cannot be a rule at all (an unknown kind, a selector or an expression that does not read, one
that takes too long) is refused when its file is read; here stands what reads and is still wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.clean import selectors
from archiver.clean.document import clean
from archiver.clean.kinds import fires as fires_in
from archiver.clean.lines import AROUND
from archiver.errors import BadInput, Uncleanable
from archiver.model import Rule, Snapshot
from archiver.rules import Pack
from archiver.text import normal, scripts
from archiver.text.prose import words
from archiver.work.cleaning import Cleaner
from archiver.work.ordinary import SENTENCES
from archiver.work.rules import Finding, Source, fires, has_evidence, strangers

# A word that opens a line, or stands in a sentence, opens and stands in those of stories too; a
# longer one is likely a compound. In scripts that do not part words two signs are one.
SHORT_WORD = 10
_UNPARTED = frozenset({"Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})
# Elements that text is made of, or that hold all of it: alone they name no chrome.
TEXT_TAGS = frozenset(
    "html body main article section div span p br a b i em strong u h1 h2 h3 h4 h5 h6 ul ol li dl "
    "dt dd table thead tbody tr td th blockquote pre q picture img figure time font center".split()
) | {""}
# Kinds whose phrases are what the line, its head, its end or a sentence of it says.
_BY_PHRASE = frozenset({"line", "prefix", "suffix", "sentence", "run", "from_here"})
# Those, and others that need nothing but their words; the rest ask for a place or other words too.
_ALONE = _BY_PHRASE | {"caption", "closing_code"}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A rule with where it stands. `order` is its number among all."""

    order: int
    source: Source
    rule: Rule

    def finding(self, fault: str) -> Finding:
        return Finding(self.source.file, self.rule.id, fault)


def _placed(sources: Sequence[Source]) -> list[_Placed]:
    pairs = ((source, rule) for source in sources for rule in source.pack.rules)
    return [_Placed(order, *pair) for order, pair in enumerate(pairs)]


def _within(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Whether one list of sites, languages or systems lies in another; an empty one is all."""
    return not outer or (bool(inner) and set(inner) <= set(outer))


def _reach(pack: Pack) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Sites, languages and systems that a pack acts on; English acts on every page."""
    room, _, name = pack.name.partition("/")
    if room == "lang":
        return (), () if name == "en" else (name,), ()
    return pack.sites, pack.languages, (name,) if room == "cms" else ()


def _acts_wherever(one: Pack, other: Pack) -> bool:
    """Whether `one` acts on every page that `other` acts on."""
    return all(map(_within, _reach(other), _reach(one)))


def _outranks(kept: _Placed, spare: _Placed) -> bool:
    """Whether `kept` acts wherever `spare` does, and asks for no more."""
    asks_no_more = kept.rule.needs_context <= spare.rule.needs_context
    return asks_no_more and _acts_wherever(kept.source.pack, spare.source.pack)


def _comes_first(kept: _Placed, spare: _Placed) -> bool:
    """Of two that outrank each other the earlier is kept."""
    return kept.order < spare.order or not _outranks(spare, kept)


def _key(phrase: str, kind: str) -> str:
    """What a phrase is compared by: a prefix keeps the punctuation at its end."""
    key = normal.key(normal.nfc(phrase)).lstrip(AROUND)
    return key if kind == "prefix" else key.rstrip(AROUND)


def duplicates(placed: Sequence[_Placed], wanted: Container[int]) -> Iterator[Finding]:
    """Phrases and selectors that another rule of the kind, or the same rule, has as well."""
    owners: dict[tuple[str, str], list[_Placed]] = {}
    for one in placed:
        kind = one.rule.kind
        # The notes of a form are told with each of the headings that they confirm.
        own = [
            (kind, _key(phrase, kind))
            for phrase in one.rule.phrases
            if kind != "from_here" or "{}" not in phrase
        ]
        own += [(kind, selector) for selector in one.rule.selectors]
        twice = {key for key in own if own.count(key) > 1} if one.order in wanted else set()
        for key in sorted(twice):
            yield one.finding(f"duplicate: {key[1]!r} stands twice in it")
        for key in dict.fromkeys(own):
            owners.setdefault(key, []).append(one)
    for (_, shared), having in owners.items():
        for one in (one for one in having if one.order in wanted):
            for other in having:
                if other is not one and _outranks(other, one) and _comes_first(other, one):
                    yield one.finding(f"duplicate: {shared!r} is also in {other.rule.id}")
                    break


def shadowed(placed: Sequence[_Placed], wanted: Container[int]) -> Iterator[Finding]:
    """Rules all of whose phrases or selectors another rule of the kind takes anyway."""
    by_kind: dict[str, list[_Placed]] = {}
    for one in (one for one in placed if one.order in wanted):
        by_kind.setdefault(one.rule.kind, []).append(one)
    found: dict[int, Finding] = {}
    for other in placed:  # outside, for what finds its phrases is made once a rule
        for one in by_kind.get(other.rule.kind, ()):
            if one is other or one.order in found or not _outranks(other, one):
                continue
            if not _takes_all(other, one):
                continue
            if _comes_first(other, one) or not _takes_all(one, other):
                fault = f"shadowed: {other.rule.id} takes all that it takes"
                found[one.order] = one.finding(fault)
    yield from (found[order] for order in sorted(found))


def _takes_all(other: _Placed, one: _Placed) -> bool:
    if one.rule.kind == "container":
        return set(one.rule.selectors) <= set(other.rule.selectors)
    if one.rule.kind not in _BY_PHRASE or not one.rule.phrases:
        return False
    lines = map(_filled, one.rule.phrases)
    return all(fires(one.source.pack, other.rule, line) for line in lines)


def _filled(phrase: str) -> str:
    """A line that a phrase takes: something for each of its wildcards."""
    return phrase.replace("{}", "x").replace("{#}", "1")


def broad(placed: Sequence[_Placed], wanted: Container[int]) -> Iterator[Finding]:
    """Rules that act alone on words or elements that stories are made of."""
    for one in (one for one in placed if one.order in wanted):
        for selector in one.rule.selectors:
            if _is_bare(selector):
                yield one.finding(f"broad: the selector {selector!r} names any such element")
        if one.rule.needs_context:
            continue
        for phrase in one.rule.phrases:
            if _is_short(phrase, one.rule.kind):
                yield one.finding(f"broad: {phrase!r} is one short word; needs_context = true?")
        if one.rule.kind in _ALONE:
            for line in _taken(one):
                yield one.finding(f"broad: takes the ordinary sentence {line!r}")


def _is_bare(selector: str) -> bool:
    compounds = selectors.parse(selector)
    named = any(one.id or one.classes or one.attributes or one.substrings for one in compounds)
    return not named and compounds[-1].tag in TEXT_TAGS


def _is_short(phrase: str, kind: str) -> bool:
    if kind not in {"prefix", "sentence"}:
        return False
    key = _key(phrase, kind)  # with a mark at its end it is a label: "Read:", "Copyright ©"
    short = 2 if scripts.main(key) in _UNPARTED else SHORT_WORD
    return words(key) == [key] and len(key) <= short


def _taken(one: _Placed) -> Iterator[str]:
    """The ordinary sentences, of the languages that a rule acts on, that it takes alone."""
    _, told, _ = _reach(one.source.pack)
    for language in told or SENTENCES:
        for line in SENTENCES.get(language, ()):
            if fires_in(one.rule, line, language):
                yield line


def unkeyed(placed: Sequence[_Placed], wanted: Container[int]) -> Iterator[Finding]:
    """Patterns with a letter that no match key has, so that it matches nothing."""
    for one in (one for one in placed if one.order in wanted):
        strange = {sign for sign in normal.nfc(one.rule.pattern or "") if _is_strange(sign)}
        for sign in sorted(strange):
            written = f"write {key!r}" if (key := normal.key(sign)) else "leave it out"
            yield one.finding(f"unkeyed: {sign!r} is in no match key, {written}")


def _is_strange(sign: str) -> bool:
    return not sign.isascii() and normal.key(sign) != sign


def unknown(sources: Sequence[Source]) -> Iterator[Finding]:
    """Packs for languages, sites and systems that no page ever has."""
    for source in sources:
        pack = source.pack
        for fault in strangers(pack.sites, _reach(pack)[1]):
            yield Finding(source.file, "", f"unknown: {fault}")
        if pack.name.startswith("cms/") and not pack.recognise:
            yield Finding(
                source.file, "", "unknown: recognise is missing: nothing tells its system"
            )


def texts(file: Path) -> list[tuple[str, str]]:
    """The URL, where one is told, and the text of every record of a file of gold texts.

    ``.json`` is one object or a list of them, ``.jsonl`` one a line, with `text` and perhaps
    `url`; anything else is plain text, a paragraph a line. Raises BadInput.
    """
    try:
        raw = file.read_text("utf-8")
        if file.suffix == ".jsonl":
            records = [json.loads(line) for line in raw.split("\n") if line.strip()]
        elif file.suffix == ".json":
            loaded = json.loads(raw)
            records = loaded if isinstance(loaded, list) else [loaded]
        else:
            records = [{"text": raw}]
    except (OSError, ValueError) as fault:
        raise BadInput(f"{file}: cannot be read as gold text: {fault}") from fault
    if not all(isinstance(record, dict) and "text" in record for record in records):
        raise BadInput(f"{file}: every record needs a `text`")
    return [
        (str(record.get("url") or ""), record["text"])
        for record in records
        if isinstance(record["text"], str)
    ]


def together(sources: Sequence[Source], wanted: Sequence[Source]) -> list[Source]:
    """The packs in force and, of those that are looked at, the files that are not among them."""
    files = {source.file for source in sources}
    return [*sources, *(source for source in wanted if source.file not in files)]


def same_id(placed: Sequence[_Placed], wanted: Container[int]) -> Iterator[Finding]:
    """Rules whose id an earlier rule has; the file would not be read beside that one."""
    owners: dict[str, _Placed] = {}
    for one in placed:
        owner = owners.setdefault(one.rule.id, one)
        if owner is not one and one.order in wanted:
            yield one.finding(f"duplicate: the id is taken by {owner.source.file}")


# Each sees every rule and tells of those whose numbers are asked for.
_CHECKS: tuple[Callable[[Sequence[_Placed], Container[int]], Iterator[Finding]], ...] = (
    same_id,
    duplicates,
    shadowed,
    broad,
    unkeyed,
)


def lint(sources: Sequence[Source], wanted: Sequence[Source]) -> Iterator[Finding]:
    """What is wrong with the rules of `wanted`, beside all of `sources`, the packs in force."""
    yield from unknown(wanted)
    ids = {(source.file, rule.id) for source in wanted for rule in source.pack.rules}
    placed = _placed(together(sources, wanted))
    asked = {one.order for one in placed if (one.source.file, one.rule.id) in ids}
    for check in _CHECKS:
        yield from check(placed, asked)


def on_gold(
    cleaner: Cleaner,
    sources: Sequence[Source],
    wanted: Sequence[Source],
    files: Sequence[Path],
    now: datetime,
) -> Iterator[Finding]:
    """Rules of words, of `wanted`, that take a line out of a gold text; each line once a rule.

    The cleaner itself is run over the texts, with all rules of their language, those for some
    sites and systems included: what it removes there it would remove from a page.
    """
    owners = {one.rule.id: one for one in _placed(wanted) if has_evidence(one.rule)}
    acting = together(sources, wanted)
    told: set[tuple[str, str]] = set()
    for file in files:
        for url, text in texts(file):
            for taken in _removed(cleaner, acting, url, text, now):
                if taken[0] in owners and taken not in told:
                    told.add(taken)
                    yield owners[taken[0]].finding(f"gold: takes {taken[1]!r} ({file})")


def _removed(
    cleaner: Cleaner, sources: Sequence[Source], url: str, text: str, now: datetime
) -> Iterator[tuple[str, str]]:
    """The rule and the line of everything that is removed from a text."""
    snapshot = Snapshot(url=url, fetched_at=now, body=text.encode(), content_type="text/plain")
    try:
        page = cleaner.page(snapshot)
    except Uncleanable:  # no text at all
        return
    spoken = page.language.partition("-")[0]
    acting = [
        rule
        for source in sources
        if _within((spoken,), _reach(source.pack)[1])
        for rule in source.pack.rules
    ]
    for mark in clean(page, acting, "").marks:
        yield mark.rule, page.blocks[mark.block].text[mark.start : mark.end]
