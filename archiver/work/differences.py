"""A comparison shown: summary and levels as lines in parts for people, or as JSON objects.

A part is its text and how it is meant: ``-`` gone, ``+`` added, nothing. Signs say the same as the
colours that a terminal gives them. All text is safe to print, whatever the page holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from archiver.text import diff
from archiver.text.terminal import safe
from archiver.work.compare import Change, Comparison, Level, Reason, Version
from archiver.work.history import moment
from archiver.work.views import packed

LEVELS = ("bytes", "blocks", "text", "chrome")
Part = tuple[str, str]  # "-", "+" or "", and the text

# Characters of changed lines that are compared by words, in all; past them both lines are shown
# whole. An article has some thousands, and 100,000 take about a second.
_BY_WORDS = 200_000
_SIGNS = {"same": " ", "gone": "-", "added": "+", "changed": "~", "moved": ">", "rule": "="}
_COARSE = (
    "too much differs to compare it all line by line: some lines that changed or moved are shown "
    "as gone and added"
)
_WHOLE = "too much changed to compare it all by words: some lines are shown before and after"
_UNKNOWN = (
    "not known: a layout that another version of archiver made is not kept; "
    "`archiver reclean`, then compare what today's version makes"
)


def shown(found: Comparison, level: str) -> Iterator[list[Part]]:
    """Lines for people; with `level` empty a summary of all of them."""
    for line in _lines(found, level):
        yield [(kind, safe(text)) for kind, text in line]


def records(found: Comparison, level: str) -> Iterator[str]:
    """One JSON object a line: the summary, or the changes at one level."""
    if not level:
        yield packed(summary(found))
    elif level == "bytes":
        yield packed(_bytes(found))
    else:
        of = _level(found, level)
        yield packed({"level": level, "counts": of.counts(), **_limits(of)})
        left = _BY_WORDS
        for change in of.changes:
            told, left = _parts(change, left)
            packable = {key: value for key, value in asdict(change).items() if value}
            words = [{"op": op, "text": text} for op, text in told] if told else None
            yield packed({"level": level, **packable, **({"words": words} if words else {})})


def summary(found: Comparison) -> dict[str, Any]:
    """What differs in one object: both sides, the verdict, counts at each level."""
    return {
        "url": found.url,
        "old": _side(found.old),
        "new": _side(found.new),
        "verdict": found.verdict(),
        "bytes": {"same": _same_bytes(found)},
        **{
            level: {**_level(found, level).counts(), **_limits(_level(found, level))}
            for level in LEVELS[1:]
        },
        "metadata": {name: list(values) for name, values in found.metadata.items()},
    }


def _limits(level: Level) -> dict[str, bool]:
    return {"known": level.known, "coarse": level.coarse}


def _side(version: Version) -> dict[str, Any]:
    return {
        "snapshot": version.snapshot.id,
        "first_seen": version.snapshot.first_seen,
        "cleaner": version.document.cleaner,
        "stored": version.stored,
        "characters": len(version.document.text),
        "paragraphs": len(version.paragraphs),
    }


def _bytes(found: Comparison) -> dict[str, Any]:
    sides = (found.old.snapshot, found.new.snapshot)
    old, new = (
        {name: getattr(one, name) for name in ("id", "digest", "bytes", "content_type", "url")}
        for one in sides
    )
    return {"level": "bytes", "same": _same_bytes(found), "old": old, "new": new}


def _same_bytes(found: Comparison) -> bool:
    return found.old.snapshot.digest == found.new.snapshot.digest


def _level(found: Comparison, level: str) -> Level:
    return {"blocks": found.blocks, "text": found.text, "chrome": found.chrome}[level]


def _lines(found: Comparison, level: str) -> Iterator[list[Part]]:
    yield [("", found.url)]
    for sign, version in (("-", found.old), ("+", found.new)):
        yield [(sign, _head(sign, version))]
    if level == "bytes":
        yield from _of_bytes(found)
    elif level:
        yield from _changes(_level(found, level), level)
    else:
        yield from _summary(found)


def _head(sign: str, version: Version) -> str:
    made = "" if version.stored else "  (made now from the stored bytes, not stored)"
    return (
        f"{sign * 3} snapshot {version.snapshot.id} of {moment(version.snapshot.first_seen)}, "
        f"cleaner {version.document.cleaner}{made}"
    )


def _summary(found: Comparison) -> Iterator[list[Part]]:
    yield [("", found.verdict())]
    for line in _of_bytes(found):
        yield [("", "  "), *line]
    for level in LEVELS[1:]:
        of = _level(found, level)
        counts = ", ".join(f"{count} {op}" for op, count in of.counts().items() if count)
        yield [("", f"  {level}: {counts or 'none' if of.known else _UNKNOWN}")]
        if of.coarse:
            yield [("", f"    {_COARSE}")]
    for name, (old, new) in found.metadata.items():
        yield [("", f"  {name}: "), ("-", f"[-{_value(old)}-]"), ("+", f"{{+{_value(new)}+}}")]


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "")


def _of_bytes(found: Comparison) -> Iterator[list[Part]]:
    if _same_bytes(found):
        yield [("", f"bytes: the same, {found.old.snapshot.bytes}, {found.old.snapshot.digest}")]
        return
    yield [("", "bytes: differ")]
    for sign, version in (("-", found.old), ("+", found.new)):
        one = version.snapshot
        kind = one.content_type or "no media type"
        yield [(sign, f"{sign} {one.bytes} bytes, sha256 {one.digest}, {kind}, {one.url}")]


def _changes(of: Level, level: str) -> Iterator[list[Part]]:
    if not of.known:
        yield [("", _UNKNOWN)]
        return
    if of.coarse:
        yield [("", _COARSE)]
    if not of.changes:
        yield [("", f"{level}: nothing differs in {of.same} lines")]
    left, whole = _BY_WORDS, False
    for change in of.changes:
        words, left = _parts(change, left)
        if change.op == "changed" and not words and not whole:
            whole = True
            yield [("", _WHOLE)]
        yield from _change(change, words)
        yield from map(_why, _reasons(change))


def _parts(change: Change, left: int) -> tuple[list[tuple[diff.Op, str]], int]:
    """A changed line by words, and how many characters may still be compared so."""
    if change.op != "changed" or change.old is None or change.new is None:
        return [], left
    cost = len(change.old) + len(change.new)
    return (diff.words(change.old, change.new), left - cost) if cost <= left else ([], left)


def _change(change: Change, words: list[tuple[diff.Op, str]]) -> Iterator[list[Part]]:
    if words:
        yield [("", f"{_SIGNS['changed']} "), *map(_word, words)]
    elif change.op == "changed":
        yield [("-", f"- {change.old}")]
        yield [("+", f"+ {change.new}")]
    else:
        sign = _SIGNS[change.op]
        line = change.new if change.old is None else change.old
        yield [(sign if sign in "+-" else "", f"{sign} {line}")]


def _word(word: tuple[diff.Op, str]) -> Part:
    """A stretch of a changed line, bracketed as wdiff does where it is gone or added."""
    op, text = word
    if op == "gone":
        return "-", f"[-{text}-]"
    return ("+", f"{{+{text}+}}") if op == "added" else ("", text)


def _reasons(change: Change) -> Iterator[str]:
    if change.op == "rule":
        old, new = (_names(reasons) for reasons in (change.had_taken, change.took))
        yield f"taken by {old}, now by {new}"
        return
    if change.took:
        yield f"now taken by {_names(change.took)}"
    if change.had_taken:
        yield f"was taken by {_names(change.had_taken)}"
    if change.op in ("changed", "moved") and change.old_path != change.new_path:
        yield f"{change.old_path} is now {change.new_path}"


def _names(reasons: tuple[Reason, ...]) -> str:
    return ", ".join(dict.fromkeys(f"{one.kind} · {one.rule}" for one in reasons))


def _why(reason: str) -> list[Part]:
    return [("", f"    {reason}")]
