"""robots.txt as RFC 9309 says: what it allows, which delay it asks for, which sitemaps it names.

In come the bytes of a robots.txt (or the status that stood in its place), an agent and a URL; out
go verdicts. Never asks the network: `http.fetch_robots` does, and the caller keeps the answer, for
a day at most (RFC 9309, 2.4).

Where the RFC is silent we do as Google's open parser does: misspelt and colonless lines count,
lines are cut at 16 KiB, and to allow a folder's index.html is to allow the folder.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: a parser reads at least so much
ALLOW_ALL = b""
# The comment tells it from the file of a server that forbids everything in these very words.
DISALLOW_ALL = b"# robots.txt cannot be had\nUser-agent: *\nDisallow: /\n"

_MAX_LINE = 8 * 2083 - 1  # Google's: eight times the longest URL that browsers took
_BOM = re.compile(rb"\A\xef(?:\xbb\xbf?)?")  # a cut one too, as Google's parser takes it
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LINE = re.compile(
    rb"\s*(?:(?P<agent>user[ -]?agent)|(?P<allow>allow)"
    rb"|(?P<disallow>disallow|dissallow|dissalow|disalow|diasllow|disallaw)"
    rb"|(?P<delay>crawl[ -]delay)|(?P<sitemap>site-?maps?))(?:\s*:|\s)\s*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
# A product token (2.2.1) is of letters, hyphens and underscores; a name that begins with
# something else is taken whole.
_TOKEN = re.compile(r"[a-z_-]+|[^\s/;()]+")
_AUTHORITY = re.compile(r"(?:(?:[a-z][a-z0-9+.-]*:)?//)?[^/?#]*", re.IGNORECASE)
_INDEX = re.compile(rb"/index\.html?\Z")
_OCTET = re.compile(rb"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_PLAIN = re.compile(rb"[A-Za-z0-9._~/-]*")
# Of a Crawl-delay that goes on ("10 s", "10 seconds"), the number.
_DELAY = re.compile(
    rb"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:\s.*|s|secs?|seconds?)?", re.IGNORECASE | re.DOTALL
)
_UNRESERVED = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986, 2.3
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A path pattern, cut at its stars. `size` is its length in octets: the longest decides.

    As it was written, but what is not ASCII escaped, so that raw and escaped UTF-8 weigh the same.
    """

    size: int
    allows: bool
    parts: tuple[str, ...]
    anchored: bool

    def matches(self, path: str) -> bool:
        """Whether it fits `path`; each star takes as little as it can, so time is linear."""
        first, *others = self.parts
        if not others:
            return path == first if self.anchored else path.startswith(first)
        if not path.startswith(first):
            return False
        at = len(first)
        for part in others[:-1] if self.anchored else others:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return not self.anchored or (
            path.endswith(others[-1]) and len(path) - len(others[-1]) >= at
        )


@dataclass(slots=True)
class _Group:
    """Agents, by their product tokens in lower case, and what is said to them."""

    agents: set[str] = field(default_factory=set)
    rules: list[_Rule] = field(default_factory=list)
    delay: float | None = None


def _spelled(path: bytes, kept: bytes) -> str:
    """Escape every octet that is neither unreserved nor, written as such, in `kept`."""
    spelled = []
    for piece in _OCTET.findall(path):
        octet = int(piece[1:], 16) if len(piece) > 1 else piece[0]
        plain = octet in _UNRESERVED or piece in kept
        spelled.append(chr(octet) if plain else f"%{octet:02X}")
    return "".join(spelled)


def _compared(path: bytes, kept: bytes = b"/?") -> str:
    """Return `path` in the one spelling that is compared (RFC 9309, 2.2.2).

    However an octet was written, it is escaped unless it is unreserved: the RFC's tables have
    ``:`` for ``%3A`` and ``*`` for ``%2A``. Not so what parts a URL: a slash and a question mark
    are to servers another thing than escaped ones, but for slashes in a query.
    """
    if _PLAIN.fullmatch(path):
        return path.decode("ascii")
    head, mark, query = path.partition(b"?")
    tail = _spelled(query, kept).replace("%2F", "/") if query else ""
    return _spelled(head, kept) + mark.decode("ascii") + tail


def _rule(pattern: bytes, *, allows: bool) -> _Rule:
    anchored = pattern.endswith(b"$")
    spelled = _compared(pattern.removesuffix(b"$"), kept=b"/*?")
    size = len(pattern) + 2 * sum(octet > 0x7F for octet in pattern)  # noqa: PLR2004 - "%XX"
    return _Rule(size, allows, tuple(spelled.split("*")), anchored)


def _agent(value: bytes) -> str:
    """Return the product token that a User-agent line names, ``*`` for all, else nothing."""
    name = value.decode("utf-8", "replace").lower()
    if re.match(r"\*(?:\s|$)", name):
        return "*"
    token = _TOKEN.match(name.strip("* \t"))
    return token[0] if token else ""


def _seconds(value: bytes) -> float | None:
    hit = _DELAY.fullmatch(value)
    seconds = float(hit[1]) if hit else math.inf
    return seconds if seconds < math.inf else None


def _lines(body: bytes) -> list[bytes]:
    """Return the lines that are read of a robots.txt."""
    if body.startswith(_UTF16):
        body = body[: 2 * MAX_BYTES].decode("utf-16", "replace").encode()
    cut = _BOM.sub(b"", body[:MAX_BYTES])
    if len(body) > MAX_BYTES and b"\n" in cut:
        cut = cut[: cut.rindex(b"\n")]  # half a rule would forbid more than was written
    return re.split(rb"[\r\n]", cut)


def _records(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the kind and value of each line that counts; other records interfere with nothing."""
    for line in _lines(body):
        if hit := _LINE.match(line[:_MAX_LINE].partition(b"#")[0]):
            kind = next(name for name, text in hit.groupdict().items() if text is not None)
            yield kind, hit["value"].strip()


def _rules(value: bytes, *, allows: bool) -> Iterator[_Rule]:
    """Yield the rule that a line states, and that of the folder whose index page is allowed."""
    yield _rule(value, allows=allows)
    if allows and _INDEX.search(value):
        yield _rule(value[: value.rindex(b"/") + 1] + b"$", allows=True)


@lru_cache(maxsize=64)
def _read(body: bytes) -> tuple[tuple[_Group, ...], tuple[str, ...]]:
    """Return the groups of a robots.txt and the sitemaps that it names."""
    groups, sitemaps = [_Group()], []  # the first group is of rules said to nobody
    naming = False  # whether the last line but Sitemap lines named an agent
    for kind, value in _records(body):
        if kind == "sitemap":
            sitemaps.append(value.decode("utf-8", "replace"))
            continue
        if kind == "agent":
            if not naming:
                groups.append(_Group())
            groups[-1].agents.add(_agent(value))
        elif kind == "delay":
            delay = _seconds(value)
            groups[-1].delay = groups[-1].delay if delay is None else delay
        elif value:
            groups[-1].rules.extend(_rules(value, allows=kind == "allow"))
        # A Crawl-delay is said to somebody, so whoever is named after it is somebody else.
        naming = kind == "agent"
    return tuple(groups[1:]), tuple(filter(None, sitemaps))


def _names(agent: str) -> list[str]:
    """Return the product tokens in `agent`, a token or a whole User-Agent header, longest first.

    A token counts for what stands before its hyphens too, as Google's table of agents has it:
    "newsbot" is said to "newsbot-images" unless that is named itself.
    """
    names = set()
    for token in _TOKEN.findall(agent.lower()):
        parts = token.split("-")
        names |= {"-".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return sorted(filter(None, names), key=lambda name: (-len(name), name))


@lru_cache(maxsize=256)
def _meant(body: bytes, agent: str) -> tuple[tuple[_Rule, ...], float | None]:
    """Return the rules said to `agent`, the one that decides before the others, and its delay."""
    groups, _ = _read(body)
    named = set(chain.from_iterable(group.agents for group in groups))
    name = next((name for name in _names(agent) if name in named), "*")
    ours = [group for group in groups if name in group.agents]
    rules = sorted(
        chain.from_iterable(group.rules for group in ours),
        key=lambda rule: (-rule.size, not rule.allows),
    )
    delays = [group.delay for group in ours if group.delay is not None]
    return tuple(rules), delays[-1] if delays else None


def allowed(body: bytes, agent: str, url: str) -> bool:
    r"""Whether the robots.txt `body` lets `agent` ask for `url`; /robots.txt itself always.

    `agent` is a product token or a whole User-Agent header.

    >>> allowed(b"User-agent: *\nDisallow: /private\n", "archiver", "https://news.example/a")
    True
    """
    path = _AUTHORITY.sub("", url.partition("#")[0], count=1)
    if path.partition("?")[0] == "/robots.txt":
        return True
    path = path if path.startswith("/") else f"/{path}"
    compared = _compared(path.encode("utf-8", "surrogatepass"))
    # Words without a version are neither token nor header: some parsers find the first word in
    # them, some nothing, so what either would forbid is forbidden.
    agents = [agent, "*"] if " " in agent.strip() and "/" not in agent else [agent]
    ordered = [_meant(body, each)[0] for each in agents]
    return all(
        next((rule.allows for rule in rules if rule.matches(compared)), True) for rules in ordered
    )


def token(agent: str) -> str:
    """Return the product token of `agent`: what stands before the first blank or slash."""
    return re.split(r"[\s/]", agent.strip(), maxsplit=1)[0]


def text(body: bytes) -> str:
    """Return what is read of a robots.txt as text, a line break at the end of each line."""
    return "\n".join(line.decode("utf-8", "replace") for line in _lines(body))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is: `agent` as the group names it, and the line that decides.

    Both are empty where nothing is said: then all is allowed.
    """

    agent: str
    line: str


def reason(body: bytes, agent: str, url: str) -> Reason:
    r"""Tell what decides about `url`.

    >>> reason(b"User-agent: *\nDisallow: /a\nAllow: /a/b\n", "archiver", "https://news.example/a/b")
    Reason(agent='*', line='allow: /a/b')
    """
    named = set(chain.from_iterable(group.agents for group in _read(body)[0]))
    name = next((name for name in (*_names(agent), "*") if name in named), "")
    path = _AUTHORITY.sub("", url.partition("#")[0], count=1)
    compared = _compared(f"/{path.removeprefix('/')}".encode("utf-8", "surrogatepass"))
    decides = next((rule for rule in _meant(body, agent)[0] if rule.matches(compared)), None)
    if decides is None:
        return Reason(name, "")
    for kind, value in _records(body):
        if kind in {"allow", "disallow"} and decides in _rules(value, allows=kind == "allow"):
            return Reason(name, f"{kind}: {value.decode('utf-8', 'replace')}")
    return Reason(name, "")


def crawl_delay(body: bytes, agent: str) -> float | None:
    """Seconds between two requests that `body` asks of `agent`, None where it asks for none."""
    return _meant(body, agent)[1]


def sitemaps(body: bytes) -> list[str]:
    """Return the sitemap URLs that `body` names, as they stand there."""
    return list(_read(body)[1])


def from_answer(status: int | None, body: bytes) -> bytes:
    """Return the robots.txt that is in force after an answer; `status` None is no answer.

    RFC 9309, 2.3.1: what is there is obeyed (no content, 204, is a file without rules), what is
    not there (4xx, too many redirects) allows all, what cannot be had (5xx, no answer) forbids
    all. 429 is read as 5xx, as Google does: it says that we ask too much, and must not be taken
    as leave to ask for everything.

    >>> from_answer(404, b"<html>") == ALLOW_ALL, from_answer(None, b"") == DISALLOW_ALL
    (True, True)
    """
    if status is None or status == 429 or status >= 500:  # noqa: PLR2004
        return DISALLOW_ALL
    return body if 200 <= status < 300 else ALLOW_ALL  # noqa: PLR2004
