"""What `archiver rules` does: packs in; a list, the evidence held against them, a new rule out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from babel import Locale

from archiver import rules
from archiver.clean import kinds, selectors
from archiver.errors import BadInput, BadRules
from archiver.export.whole import whole
from archiver.fetch import urls
from archiver.model import Rule
from archiver.rules import Pack
from archiver.text import normal
from archiver.text.prose import words

# Kinds that go by a page's structure alone: no line can be held against them.
UNTESTED = frozenset({"container", "title", "standfirst", "dateline", "repeated", "teasers"})
# What the language detector may say, and Unicode's list of languages does not have.
_MORE_LANGUAGES = frozenset({"bih", "pnb", "skr"})
# Kinds that one example line is enough for.
FROM_A_LINE = ("line", "prefix", "suffix", "sentence", "from_here", "run", "caption")


@dataclass(frozen=True, slots=True)
class Source:
    """A pack with the name of its file, as people are told it."""

    file: str
    pack: Pack


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, or doubtful, about one rule; `rule` is empty where it is the file."""

    file: str
    rule: str
    fault: str
    doubt: bool = False  # told, but no reason to end with an error

    def __str__(self) -> str:
        """One line: ``FILE: rule ID: fault``."""
        rule = f" rule {self.rule}:" if self.rule else ""
        return f"{self.file}:{rule} {'warning: ' if self.doubt else ''}{self.fault}"


def read(folder: Path | None) -> list[Source]:
    """The packs in force: shipped, and of the user's `folder`. Raises BadRules."""
    packs = rules.load(folder, kinds.NEEDS_WORDS, selectors.parse)
    return [Source(str(_file(pack, folder)), pack) for pack in packs]


def _file(pack: Pack, folder: Path | None) -> Path:
    """A user's file as it lies there, a shipped one as the packs are named."""
    if folder is not None and pack.name.startswith("user/"):
        return folder / f"{pack.name.removeprefix('user/')}.toml"
    return Path(f"{pack.name}.toml")


def _place(source: Source) -> Path:
    shipped = not source.pack.name.startswith("user/")
    return (rules.SHIPPED / source.file if shipped else Path(source.file)).resolve()


def named(sources: Sequence[Source], what: Sequence[str]) -> list[Source]:
    """What a user means by files, packs and ids of rules; without any, every pack in force.

    A file may lie anywhere. Raises BadInput for a word that is none of the three.
    """
    return [_named(sources, word) for word in what] if what else list(sources)


def _named(sources: Sequence[Source], word: str) -> Source:
    path = Path(word)
    for source in sources:
        if word == source.pack.name or (path.is_file() and path.resolve() == _place(source)):
            return source
        for rule in source.pack.rules:
            if rule.id == word:
                return replace(source, pack=replace(source.pack, rules=(rule,)))
    if not path.is_file():
        raise BadInput(
            f"{word}: is no rule file, no pack and no rule's id; `archiver rules list` names them"
        )
    pack = rules.read_pack(path, f"user/{path.stem}", kinds.NEEDS_WORDS, selectors.parse)
    return Source(word, pack)


def listing(
    sources: Sequence[Source], *, language: str, system: str, site: str, kind: str
) -> Iterator[dict[str, Any]]:
    """The rules that can act on such pages; what is empty leaves open which.

    Keys: id, pack, kind, label, phrases and selectors (how many; a pattern is one phrase),
    needs_context, why. Raises BadInput for a system or a kind that there is not.
    """
    packs = [source.pack for source in sources]
    systems = sorted(rules.recognisers(packs))
    if system and system not in systems:
        raise BadInput(f"there is no pack for the system {system!r}; there are {_all(systems)}")
    if kind and kind not in kinds.KINDS:
        raise BadInput(f"there is no kind {kind!r}; there are {_all(sorted(kinds.KINDS))}")
    languages = [language] if language else _languages_of(packs)
    sites = [site] if site else ["", *{one for pack in packs for one in pack.sites}]
    acting = {
        rule.id
        for one in languages
        for host in sites
        for rule in rules.select(packs, host, one, [system] if system else systems)
    }
    for pack in packs:
        for rule in pack.rules:
            if rule.id in acting and kind in {"", rule.kind}:
                yield _row(pack, rule)


def _all(names: Sequence[str]) -> str:
    return ", ".join(names)


def _languages_of(packs: Sequence[Pack]) -> list[str]:
    shipped = [pack.name.partition("/")[2] for pack in packs if pack.name.startswith("lang/")]
    return ["und", *shipped, *(one for pack in packs for one in pack.languages)]


def _row(pack: Pack, rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "pack": pack.name,
        "kind": rule.kind,
        "label": rule.label,
        "phrases": len(rule.phrases) + bool(rule.pattern),
        "selectors": len(rule.selectors),
        "needs_context": rule.needs_context,
        "why": rule.why,
    }


def languages(pack: Pack) -> tuple[str, ...]:
    """The languages that a pack is for, English where it is for all."""
    if pack.name.startswith("lang/"):
        return (pack.name.removeprefix("lang/"),)
    return pack.languages or ("en",)


def fires(pack: Pack, rule: Rule, line: str) -> bool:
    """Whether a rule of words takes a line that has no context, in a language of its pack."""
    return any(kinds.fires(rule, line, language) for language in languages(pack))


def has_evidence(rule: Rule) -> bool:
    """Whether lines can be held against a rule: one of words, of a kind that goes by them."""
    return rule.kind not in UNTESTED and bool(rule.phrases or rule.pattern)


def evidence(source: Source) -> Iterator[Finding]:
    """Each of `strips` that its rule does not take, each of `keeps` that it takes."""
    for rule in source.pack.rules:
        if rule.kind in UNTESTED:
            continue
        if has_evidence(rule) and not rule.strips and not rule.keeps:
            yield Finding(source.file, rule.id, "has neither strips nor keeps", doubt=True)
        for line in rule.strips:
            if not fires(source.pack, rule, line):
                yield Finding(source.file, rule.id, f"strips {line!r} does not fire")
        for line in rule.keeps:
            if fires(source.pack, rule, line):
                yield Finding(source.file, rule.id, f"keeps {line!r} fires")


# "Label: what it introduces"; the visarga is typed for a colon in Bengali. A clock has no blank.
_LABELLED = re.compile(r"(?P<label>[^:：ঃ]{2,40}\s?[:：ঃ])\s+\S.*")
# What the wildcard for a number stands for, less its unit.
_NUMBER = re.compile(r"\d[\d.,]{0,9}")
_WILDCARDS = 3  # a phrase has no more
_SLUG_WORDS = 5
_WHY = "chrome that the site prints among its text; say what it is, for whoever reads the rule"


def _phrase(line: str, kind: str) -> tuple[str, str]:
    """The kind and the phrase for a line: what changes from page to page is a wildcard."""
    labelled = _LABELLED.fullmatch(line)
    if labelled and kind in {"", "prefix"}:
        return "prefix", _numbered(labelled["label"], _WILDCARDS)
    if labelled and kind == "line":
        return "line", _numbered(labelled["label"], _WILDCARDS - 1) + " {}"
    return kind or "line", _numbered(line, _WILDCARDS)


def _numbered(text: str, most: int) -> str:
    """A text with its first numbers as wildcards; one more, and it is no example of many."""
    return _NUMBER.sub("{#}", text, count=most)


def _slug(phrase: str, label: str) -> str:
    """A name from the phrase's words; where they are not ASCII, from the label and a digest."""
    key = normal.key(phrase)
    found = words(key)[:_SLUG_WORDS]
    if found and all(word.isascii() for word in found):
        return "-".join(found)
    return f"{label.replace('_', '-')}-{sha256(key.encode()).hexdigest()[:6]}"


def _text(value: str) -> str:
    """A TOML basic string; after `normal.nfc` JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)


def draft(line: str, *, kind: str, label: str, why: str, family: str) -> str:
    """A ``[[rule]]`` table for one example line. `family` is the first part of its id."""
    shown = normal.collapse(line)
    if not words(shown):
        raise BadInput("the line has no words; give a line as the page shows it")
    chosen, phrase = _phrase(shown, kind)
    if not words(_NUMBER.sub("", phrase.replace("{#}", ""))):
        raise BadInput("the line is a number; it needs a word that is the same on every page")
    label = label or "chrome"
    return "\n".join(
        (
            "[[rule]]",
            f"id = {_text(f'{family}.{_slug(phrase, label)}')}",
            f"kind = {_text(chosen)}",
            f"label = {_text(normal.collapse(label))}",
            f"why = {_text(normal.collapse(why) or _WHY)}",
            f"phrases = [{_text(phrase)}]",
            f"strips = [{_text(shown)}]",
            "keeps = []  # lines of stories, as alike as possible, that must stay",
            "",
        )
    )


def strangers(sites: Iterable[str], spoken: Iterable[str]) -> Iterator[str]:
    """What is wrong with the names of sites and languages that no page can have."""
    known = {*Locale("en").languages, *_MORE_LANGUAGES}
    for language in spoken:
        if language not in known or "_" in language:
            yield f"no page's language is {language!r}; write hi, not hi-IN or Hindi"
    for site in sites:
        if not _is_site(site):
            yield f"no site is called {site!r}; write news.example, as `archiver show` does"


def _is_site(host: str) -> bool:
    try:
        return urls.site(f"https://{host}/") == host
    except BadInput:
        return False


def scope(*, site: str, language: str) -> list[str]:
    """The keys of a rule file that say what it is for; none where it is for all.

    Raises BadInput for a site or language that no page can have.
    """
    for fault in strangers([site] if site else [], [language] if language else []):
        raise BadInput(fault)
    found = [("sites", site), ("languages", language)]
    return [f"{name} = [{_text(one)}]" for name, one in found if one]


def _head(site: str, language: str) -> str:
    about = f"What {site} puts into its pages." if site else "What sites put into their pages."
    return "\n".join((f"about = {_text(about)}", *scope(site=site, language=language), ""))


def checked(sources: Sequence[Source], text: str, file: Path) -> Rule:
    """The last rule of a rule file's text, which must read and hold. Raises BadRules, BadInput.

    `text` is what `file` would hold; `sources` are the packs in force, for the rule's id.
    """
    with TemporaryDirectory() as place:
        trial = Path(place) / file.name
        trial.write_text(text, "utf-8")
        pack = rules.read_pack(trial, f"user/{file.stem}", kinds.NEEDS_WORDS, selectors.parse)
    rule = pack.rules[-1]
    taken = {one.id: source.file for source in sources for one in source.pack.rules}
    taken |= {one.id: str(file) for one in pack.rules[:-1]}
    if rule.id in taken:
        raise BadRules(str(file), rule.id, f"the id is taken by {taken[rule.id]}")
    for finding in evidence(Source(str(file), pack)):
        if finding.rule == rule.id and not finding.doubt:
            raise BadInput(
                f"as a {rule.kind!r} the rule would not take its own line: too much of it changes "
                "from page to page; choose another --kind"
            )
    return rule


def append(sources: Sequence[Source], table: str, file: Path, *, site: str, language: str) -> Rule:
    """Add a rule to a user's file, which is made if it is not there, whole or not at all.

    Raises BadInput where the file is for other sites or languages than asked for, BadRules where
    it does not read or has a rule of that id.
    """
    if file.suffix != ".toml":
        raise BadInput(f"{file}: a rule file is called something.toml")
    before = _head(site, language)
    if file.exists():
        pack = rules.read_pack(file, f"user/{file.stem}", kinds.NEEDS_WORDS, selectors.parse)
        for name, wanted, has in (
            ("site", site, pack.sites),
            ("language", language, pack.languages),
        ):
            if wanted and has != (wanted,):
                whose = _all(has) if has else f"every {name}"
                raise BadInput(f"{file}: is for {whose}, not for {wanted}; name another file")
        before = file.read_text("utf-8").rstrip("\n") + "\n"
    text = f"{before}\n{table}"
    rule = checked(sources, text, file)
    with whole(file) as part:
        part.write_text(text, "utf-8")
    return rule


def taking(sources: Sequence[Source], line: str, language: str) -> Iterator[tuple[Source, Rule]]:
    """The rules in force that take a line alone already, in `language` if it is told."""
    for source in sources:
        spoken = source.pack.languages or languages(source.pack)
        everywhere = spoken == ("en",) or not language
        for rule in source.pack.rules:
            alone = has_evidence(rule) and not rule.needs_context
            if alone and (everywhere or language in spoken) and fires(source.pack, rule, line):
                yield source, rule
