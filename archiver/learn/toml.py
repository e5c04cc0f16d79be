"""Findings in, the text of a rule file out: the same findings, the same bytes.

Everything that a page says is escaped: it can end no line, and shows no sign that turns the
direction of writing or that nobody sees.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from hashlib import sha256

from archiver.learn.propose import Finding, name_of
from archiver.learn.survey import Layout
from archiver.text.terminal import safe

LABEL = "learned"
_HEAD = "# Written by `archiver rules learn`, sha256 of the lines below "
_SEALED = re.compile(re.escape(_HEAD) + r"([0-9a-f]{64})\n")
_SHOWN = 120  # code points of a line in a comment
_JOINERS = "\u200c\u200d"  # letters, in scripts that have them


def _shown(text: str) -> str:
    """A text with every sign that nobody sees as TOML writes it by its number."""
    return "".join(_escape(one) if _is_unseen(one) else one for one in text)


def _escape(one: str) -> str:
    return f"\\u{ord(one):04x}" if ord(one) < 1 << 16 else f"\\U{ord(one):08x}"


def _is_unseen(one: str) -> bool:
    return one not in _JOINERS and unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def string(value: str) -> str:
    r"""A TOML basic string; JSON's escapes are TOML's.

    >>> string('say "x"')
    '"say \\"x\\""'
    """
    return _shown(json.dumps(value, ensure_ascii=False))


def _comment(text: str) -> str:
    cut = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f"# {_shown(safe(cut))}\n"


def _strings(values: Sequence[str]) -> str:
    return f"[{', '.join(map(string, values))}]"


def _moment(at: datetime) -> str:
    """A day where it is midnight in UTC, else the time."""
    at = at.astimezone(UTC)
    if at.time() == time():
        return at.date().isoformat()
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _rule(site: str, layout: Layout, finding: Finding) -> Iterator[str]:
    yield "\n"
    days = f"{finding.first:%Y-%m-%d} to {finding.last:%Y-%m-%d}"
    yield _comment(f"On {finding.pages} of {finding.of} pages, {days}; kept on {finding.kept}.")
    yield _comment(f"Where: {finding.where}.")
    for url in finding.urls:
        yield _comment(f"page {url}")
    for line in finding.lines:
        yield _comment(f"takes {line}")
    yield "[[rule]]\n"
    yield f"id = {string(name_of(site, finding))}\n"
    yield f"kind = {string(finding.kind)}\n"
    yield f"label = {string(LABEL)}\n"
    yield f"why = {string(f'learned: {finding.why}')}\n"
    if finding.kind == "container":
        yield f"selectors = {_strings([finding.what])}\n"
    else:
        yield f"phrases = {_strings([finding.what])}\n"
    if finding.needs_context:
        yield "needs_context = true\n"
    if finding.kind != "container":
        yield f"strips = {_strings(finding.lines)}\n"
    if layout.since is not None:
        yield f"since = {_moment(layout.since)}\n"
    if layout.until is not None:
        yield f"until = {_moment(layout.until)}\n"


def rule_file(site: str, layouts: Sequence[Layout], findings: Sequence[Finding]) -> str:
    """The rule file of a site: its proposed rules with their evidence, below a seal."""
    body = [
        _comment("A line of evidence changed, or a rule: the file is yours, and is left alone."),
        f"about = {string(f'What pages of {site} share, learned from the archive.')}\n",
        f"sites = {_strings([site])}\n",
    ]
    for finding in findings:
        if finding.verdict == "proposed":
            body += _rule(site, layouts[finding.layout], finding)
    return sealed("".join(body))


def sealed(text: str) -> str:
    """The text of a rule file below a line that tells whether it was changed since."""
    return f"{_HEAD}{sha256(text.encode()).hexdigest()}\n{text}"


def is_ours(text: str) -> bool:
    """Whether a rule file is as `rule_file` wrote it, not a sign changed."""
    head = _SEALED.match(text)
    return head is not None and sha256(text[head.end() :].encode()).hexdigest() == head[1]
