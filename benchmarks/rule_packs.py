"""Write rule packs from the tables of chrome: run by hand, `python benchmarks/rule_packs.py`.

`../shared/chrome/phrases.tsv` and `markup.tsv` in, files of `archiver/rules` out. Of a pack only
what stands below the mark is written; what a person wrote above it stays, letter for letter, and
a rule whose id stands above it, or a phrase that a rule of the same kind above it has, is not
written again. So a generated rule is changed by moving it above the mark. What the review of the
tables found is in `rule_review.py`, with the reasons.
"""

from __future__ import annotations

import csv
import json
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archiver.clean import selectors
from archiver.clean.phrases import bare
from archiver.rules import SHIPPED
from archiver.text import normal
from archiver.text.prose import is_running_text, words
from benchmarks import rule_review as review

CHROME = Path(__file__).parents[1] / "../shared/chrome"
MARK = "# --- Written by benchmarks/rule_packs.py. To change a rule, move it above this line. ---"
_WIDTH = 100
_NAME = "Asha Khan"  # stands for a wildcard in evidence
_DAY = "2025-11-14"
_EVIDENCE = 3  # lines of strips and keeps


@dataclass(frozen=True, slots=True)
class Form:
    """How one row of a table becomes a phrase of a rule."""

    kind: str
    phrase: str
    context: bool = False


@dataclass(slots=True)
class Draft:
    """A rule in the making."""

    id: str
    kind: str
    label: str
    why: str
    phrases: list[str] = field(default_factory=list)
    selectors: list[str] = field(default_factory=list)
    strips: list[str] = field(default_factory=list)
    keeps: list[str] = field(default_factory=list)
    context: bool = False


def rows(name: str) -> list[dict[str, str]]:
    """A table of chrome."""
    with (CHROME / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _numbered(row: Mapping[str, str]) -> str:
    """The phrase, with `{#}` where its wildcard is a number."""
    phrase = normal.nfc(row["phrase"].strip())
    return phrase.replace("{}", "{#}") if row["group"] in review.NUMBERS else phrase


def _exact(row: Mapping[str, str], phrase: str, *, context: bool) -> Form | None:
    kind = row["kind"]
    if kind in {"related", "read_also"} and "{" not in phrase:
        return Form("run", phrase, context)
    if kind == "comments" and row["group"] == "leave-reply" and not context:
        return Form("from_here", phrase) if "{" not in phrase else Form("line", phrase)
    if kind == "photo_credit" or (kind == "caption_label" and not context):
        return Form("caption", phrase)
    return Form("line", phrase, context)


def _prefix(row: Mapping[str, str], phrase: str, *, context: bool) -> Form | None:
    kind = row["kind"]
    alone = len(words(phrase)) == 1 and is_word(phrase[-1])
    if kind in {"published_label", "updated_label"}:
        return Form("date_line", phrase.strip(" :-|"))
    if kind == "photo_credit" and context:
        return Form("caption", f"{phrase} {{}}") if phrase.endswith(":") else None
    if row["group"] in review.PAGES:
        return Form("line", f"{phrase.rstrip(': ')} {{#}}", context=True)
    if is_running_text(phrase):  # a whole sentence, to which more may be added
        return Form("line", phrase, context)
    return Form("prefix", f"{phrase}:" if context and alone else phrase, context)


def is_word(character: str) -> bool:
    """Whether a phrase that ends so has no punctuation of its own."""
    return bool(words(character))


def form(row: Mapping[str, str]) -> Form | None:
    """The rule's kind and phrase for a row; nothing where the review left it out."""
    where = (row["lang"], row["phrase"])
    if where in review.LEFT_OUT or row["group"] in review.GROUPS_LEFT_OUT:
        return None
    if (row["kind"], row["match"]) in review.KINDS_LEFT_OUT:
        return None
    context = row["risk"] == "context" or where in review.IN_CONTEXT
    return _BY_MATCH[row["match"]](row, _numbered(row), context=context)


def _suffix(row: Mapping[str, str], phrase: str, *, context: bool) -> Form | None:
    """A line that ends so is chrome from its beginning; a wildcard runs only so far."""
    if row["kind"] == "photo_credit":
        return Form("caption", phrase)
    glue = "" if row["lang"] in review.NO_BLANKS else " "
    return Form("line", f"{{}}{glue}{phrase}", context)


def _inline(_row: Mapping[str, str], phrase: str, *, context: bool) -> Form | None:
    """Of a sentence inside the text words are too little evidence; a form's note is a line."""
    if "{" in phrase:
        return Form("line", phrase, context)
    return Form("sentence", phrase, context=True) if len(words(phrase)) > 1 else None


def _start(row: Mapping[str, str], phrase: str, *, context: bool) -> Form | None:  # noqa: ARG001
    ends = row["kind"] in {"comments", "translate_note"} or row["group"] == "end-of-article"
    return Form("from_here", phrase) if ends else None


_BY_MATCH: Mapping[str, Callable[..., Form | None]] = {
    "exact_line": _exact,
    "line_prefix": _prefix,
    "line_suffix": _suffix,
    "inline": _inline,
    "block_start": _start,
}


def _source(sources: Iterable[str]) -> str:
    """Where phrases were seen, in plain words."""
    text = " ; ".join(sources)
    found = list(dict.fromkeys(v for token, v in review.SOURCES.items() if token in text))
    if not found:
        return "as saved pages have it"
    return f"as {' and '.join([', '.join(found[:-1]), found[-1]] if found[1:] else found)} have it"


def _filled(phrase: str) -> str:
    return phrase.replace("{#}", "12").replace("{}", _NAME)


def _evidence(draft: Draft, language: str) -> None:
    """Lines that the rule must take, and sentences with the same words that it must leave."""
    sentence = review.SENTENCES[language]
    chosen = draft.phrases[:_EVIDENCE]
    shown = [_filled(phrase) for phrase in chosen]
    if draft.kind == "date_line":
        draft.strips = [f"{phrase}: {_DAY}" for phrase in shown]
    else:
        draft.strips = shown
    if draft.kind == "sentence":  # whatever holds the whole phrase is taken
        shown = [" ".join(_filled(phrase).split()[:-1]) for phrase in chosen]
        shown = [one for one in shown if one]
    draft.keeps = [sentence.format(one) for one in shown[:1]]


def _slug(kind: str) -> str:
    return kind.replace("_", "-")


def languages(above: Mapping[str, list[dict[str, object]]]) -> dict[str, list[Draft]]:
    """The generated rules by language; `above` are the rules that people wrote, by pack."""
    grouped: dict[tuple[str, str, str, bool], dict[str, list[str]]] = defaultdict(dict)
    notes: dict[str, list[str]] = defaultdict(list)
    for row in rows("phrases.tsv"):
        made = form(row)
        if made is None or row["lang"] in review.LANGUAGES_LEFT_OUT:
            continue
        found = grouped[row["lang"], row["kind"], made.kind, made.context]
        found.setdefault(made.phrase, []).append(row["source"])
        if row["group"] in {"required-fields", "email-not-published"}:
            notes[row["lang"]].append(made.phrase.rstrip(" .।۔*{}") + "{}")
    taken = {name: _taken(rules) for name, rules in above.items()}
    drafts: dict[str, list[Draft]] = defaultdict(list)
    order = sorted(grouped, key=lambda key: (key[0] != "en", key))
    for language, kind, how, context in order:
        phrases = grouped[language, kind, how, context]
        name = f"{language}.{_slug(kind)}.{_slug(how)}" + ("-in-context" if context else "")
        known = taken.setdefault(f"lang/{language}", set())
        fresh = _fresh(phrases, how, known | taken["lang/en"] | taken["base"])
        if not fresh or ("id", name) in known:
            continue
        what = review.WHAT[kind] + (", where something besides the words says so" * context)
        sources = [source for phrase in fresh for source in phrases[phrase]]
        if how == "from_here":
            fresh += sorted(set(notes[language]) - set(fresh))
        draft = Draft(
            id=name,
            kind=how,
            label=review.LABELS.get(kind, kind),
            why=f"{what}, {_source(sources)}",
            phrases=fresh,
            context=context,
        )
        _evidence(draft, language)
        drafts[language].append(draft)
        known |= {(how, bare(phrase)) for phrase in fresh}
    return drafts


def _taken(rules: Iterable[Mapping[str, object]]) -> set[tuple[str, str]]:
    found = {("id", str(rule["id"])) for rule in rules}
    for rule in rules:
        phrases = rule.get("phrases", [])
        assert isinstance(phrases, list)
        found |= {(str(rule["kind"]), bare(phrase)) for phrase in phrases}
    return found


def _fresh(phrases: Iterable[str], kind: str, known: set[tuple[str, str]]) -> list[str]:
    """The phrases that no rule of this kind has yet, each spelling once.

    Among prefixes a shorter one does for all that begin with it and a colon.
    """
    found: dict[str, str] = {}
    for phrase in phrases:
        key = bare(phrase)
        if words(key) and (kind, key) not in known:
            shorter = found.get(key)
            if shorter is None or len(phrase) < len(shorter):
                found[key] = phrase
    return sorted(found.values())


def systems() -> dict[str, list[Draft]]:
    """The generated rules by CMS."""
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows("markup.tsv"):
        system, selector, kind = row["system"], row["selector"], row["kind"]
        where = (system, selector)
        if where in review.SELECTORS_LEFT_OUT or kind in review.NOT_DROPPED or not _reads(selector):
            continue
        grouped[system, kind].append(selector)
    made: dict[str, list[Draft]] = defaultdict(list)
    for (system, kind), chosen in grouped.items():
        pack = system if system in review.RECOGNISED else review.EVERYWHERE.get(system, "")
        if not pack:
            continue
        prefix = f"base.{system}-{_slug(kind)}" if pack == "base" else f"{pack}.{_slug(kind)}"
        made[pack].append(
            Draft(
                id=f"{prefix}.container",
                kind="container",
                label=review.LABELS.get(kind, kind),
                why=f"elements of {review.SYSTEMS.get(system, system)} for: {review.WHAT[kind]}",
                selectors=chosen,
            )
        )
    return made


def _reads(selector: str) -> bool:
    try:
        return bool(selectors.parse(selector))
    except ValueError:
        return False


def _list(name: str, values: list[str]) -> Iterator[str]:
    """One TOML array, broken where it grows past the width of a line."""
    shown = [json.dumps(value, ensure_ascii=False) for value in values]
    whole = f"{name} = [{', '.join(shown)}]"
    if len(whole) <= _WIDTH:
        yield whole
        return
    yield f"{name} = ["
    line = "   "
    for one in shown:
        if len(line) + len(one) > _WIDTH and line.strip():
            yield line
            line = "   "
        line += f" {one},"
    yield line
    yield "]"


def written(draft: Draft) -> str:
    """A rule as TOML."""
    lines = ["[[rule]]"]
    lines += [
        f"{name} = {json.dumps(getattr(draft, name), ensure_ascii=False)}"
        for name in ("id", "kind", "label", "why")
    ]
    if draft.context:
        lines.append("needs_context = true")
    for name in ("phrases", "selectors", "strips", "keeps"):
        values = getattr(draft, name)
        if values:
            lines += _list(name, values)
    return "\n".join(lines) + "\n"


def _above(file: Path) -> str:
    text = file.read_text("utf-8") if file.exists() else ""
    return text.partition(MARK)[0].rstrip("\n")


def _head(name: str) -> str:
    """The head of a pack that nobody wrote yet."""
    folder, _, stem = name.partition("/")
    if folder == "lang":
        return f"about = {json.dumps(review.LANGUAGES[stem] + ' chrome.', ensure_ascii=False)}"
    lines = [
        f"about = {json.dumps(review.SYSTEMS[stem][:1].upper() + review.SYSTEMS[stem][1:] + '.')}"
    ]
    lines += _list("recognise", review.RECOGNISED[stem])
    return "\n".join(lines)


def packs() -> dict[Path, str]:
    """Every pack that the tables have something for, as text by its file."""
    files = {file: _above(file) for file in SHIPPED.rglob("*.toml")}
    above: dict[str, list[dict[str, object]]] = {
        str(file.relative_to(SHIPPED).with_suffix("")): tomllib.loads(text).get("rule", [])
        for file, text in files.items()
    }
    made = {f"lang/{language}": drafts for language, drafts in languages(above).items()}
    cms = systems()
    made |= {name if name == "base" else f"cms/{name}": drafts for name, drafts in cms.items()}
    everywhere: list[dict[str, object]] = [{"selectors": one.selectors} for one in made["base"]]
    found = {}
    for name, drafts in sorted(made.items()):
        file = SHIPPED / f"{name}.toml"
        hand = files.get(file) or _head(name)
        known = _taken(above.get(name, []))
        rest = [draft for draft in drafts if ("id", draft.id) not in known]
        others = everywhere if name != "base" else []
        rest = list(_unselected(rest, [*above.get(name, []), *above["base"], *others]))
        parts = [hand, MARK, *(written(draft).rstrip("\n") for draft in rest)] if rest else [hand]
        found[file] = "\n\n".join(parts) + "\n"
    return found


def main() -> None:
    """Write the packs."""
    for file, text in packs().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
        print(f"{file.relative_to(SHIPPED)}: {text.count('[[rule]]')} rules")


def _unselected(drafts: Iterable[Draft], above: Iterable[Mapping[str, object]]) -> Iterator[Draft]:
    """The rules without the selectors that people have written down already."""
    known: set[str] = set()
    for rule in above:
        chosen = rule.get("selectors", [])
        assert isinstance(chosen, list)
        known.update(chosen)
    for draft in drafts:
        draft.selectors = [one for one in draft.selectors if one not in known]
        if draft.phrases or draft.selectors:
            yield draft


if __name__ == "__main__":
    main()
