"""Opt-outs and licences: what a page, its server and its site say of how their texts may be used.

In come headers as sent and the bytes of an answer, of robots.txt and of two files like it; out go
pairs (name, value), the values as they stand there. Never asks the network, and decides nothing
but `noarchive`: what the others come to is for whoever uses the texts.

A header's signal has the header's name. Others say first where they stood: ``meta robots``,
``link license`` (the header), ``html license`` (an element), ``robots.txt content-signal``,
``robots.txt content-usage``, ``robots.txt license``, ``tdmrep.json tdm-reservation``,
``tdmrep.json tdm-policy``, ``ai.txt``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

from archiver.fetch import robots, trees, urls
from archiver.model import Headers

Signal = tuple[str, str]

# Files of an origin that state signals, beside robots.txt: TDMRep's (W3C TDM Reservation Protocol,
# section "TDM File on the Origin Server") and Spawning's (spawning.ai/ai-txt).
TDMREP = "/.well-known/tdmrep.json"
AI_TXT = "/ai.txt"

# Only so much is read, and only as ASCII: a charset that hides these words hides all markup.
HEAD_BYTES = 256 * 1024
LINK_BYTES = 2 * 1024 * 1024  # licences are linked at the foot as often as in the head
MAX_SIGNALS = 50  # of one page, and
MAX_VALUE = 1000  # characters of one value: a server may send whatever it likes
MAX_RULES = 200  # of one file that are looked at

_HEADERS = ("x-robots-tag", "tdm-reservation", "tdm-policy", "content-signal", "content-usage")
_METAS = ("tdm-reservation", "tdm-policy")
_META = re.compile(rb"<meta\b", re.IGNORECASE)
_NOARCHIVE = re.compile(r"(?<![\w-])noarchive(?![\w-])", re.IGNORECASE)
# "X-Robots-Tag: otherbot: noarchive" is said to another; a directive may have a colon as well.
_SAID_TO = re.compile(r"\s*(?!unavailable_after|max-)([\w-]+)\s*:", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]*)>((?:[^<>\",]|\"[^\"]*\")*)")  # RFC 8288, section 3
_LICENSE_REL = re.compile(
    r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?license(?:\s[^\"]*)?\"|license\s*(?:;|$))", re.IGNORECASE
)
_LICENSE = re.compile(rb"\brel\s*=\s*[\"']?[^\"'>]{0,100}\blicense\b", re.IGNORECASE)
_BODY = re.compile("<body", re.IGNORECASE)
_LICENSE_LINKS = 'link[rel~="license" i][href], a[rel~="license" i][href]'
_PATH_FIRST = re.compile(r"[/*]\S*\s+\S")
_PAIR = re.compile(r"\s*([A-Za-z][A-Za-z -]*?)\s*:\s*([^#]*)")


def _names(agent: str) -> set[str]:
    """Return the names that address us in a header or a meta element, in lower case."""
    return {"robots", _token(agent)}


def _metas(body: bytes, names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield name and content of the page's meta elements of these names."""
    head = body[:HEAD_BYTES]
    if not _META.search(head):
        return
    html = head.decode("utf-8", "replace")
    # A page that is built to take long can still say so in its head.
    tree = trees.parse(html) or trees.parse(_BODY.split(html, maxsplit=1)[0])
    for node in tree.css("meta[name][content]") if tree else ():
        name = (node.attributes.get("name") or "").strip().lower()
        if name in names:
            yield name, node.attributes.get("content") or ""


def noarchive(headers: Headers, body: bytes, agent: str) -> str:
    """Why an answer must not be stored, if its header or its page says so; else nothing.

    >>> noarchive((("X-Robots-Tag", "noindex, noarchive"),), b"", "archiver")
    'X-Robots-Tag says noarchive: nothing is stored'
    """
    ours = _names(agent)
    for name, value in headers:
        said_to = _SAID_TO.match(value)
        to_us = said_to is None or said_to[1].lower() in ours
        if name.lower() == "x-robots-tag" and to_us and _NOARCHIVE.search(value):
            return "X-Robots-Tag says noarchive: nothing is stored"
    if any(_NOARCHIVE.search(content) for _, content in _metas(body, ours)):
        return "the page's robots meta says noarchive: nothing is stored"
    return ""


def _licences(body: bytes) -> Iterator[str]:
    """Yield what the page's own elements call its licence: HTML Standard, rel="license"."""
    if _LICENSE.search(body, 0, LINK_BYTES):
        tree = trees.parse(body[:LINK_BYTES].decode("utf-8", "replace"))
        for node in tree.css(_LICENSE_LINKS) if tree else ():
            yield node.attributes.get("href") or ""


def _told(headers: Headers, body: bytes, agent: str) -> Iterator[Signal]:
    for name, value in headers:
        if name.lower() in _HEADERS:
            yield name.lower(), value
        elif name.lower() == "link":
            linked = (hit[1] for hit in _LINK.finditer(value) if _LICENSE_REL.search(hit[2]))
            yield from (("link license", url) for url in linked)
    for name, value in _metas(body, _names(agent).union(_METAS)):
        yield f"meta {name}", value
    for value in _licences(body):
        yield "html license", value


def _tidy(signals: Iterator[Signal]) -> tuple[Signal, ...]:
    """Each signal once, on one line, and no more than can be meant."""
    lines = ((name, " ".join(value.split())[:MAX_VALUE]) for name, value in signals)
    return tuple(dict.fromkeys(line for line in lines if line[1]))[:MAX_SIGNALS]


def of_answer(headers: Headers, body: bytes, agent: str) -> tuple[Signal, ...]:
    """Return what an answer says of its own use: in its headers and, if it is HTML, in its page.

    >>> of_answer((("TDM-Reservation", "1"),), b'<meta name=robots content=noai>', "archiver")
    (('tdm-reservation', '1'), ('meta robots', 'noai'))
    """
    return _tidy(_told(headers, body, agent))


def matches(pattern: str, url: str) -> bool:
    """Whether a path pattern of RFC 9309, 2.2.3 fits `url`; the empty one fits all.

    >>> matches("/news/*.html$", "https://news.example/news/a/b.html")
    True
    """
    written = re.sub(r"[\r\n]", "", pattern).replace("#", "%23").strip()
    rule = f"User-agent: *\nDisallow: {written}\n".encode("utf-8", "replace")
    return not (written and robots.allowed(rule, "*", url))


def _token(agent: str) -> str:
    """Return the product token of an agent, in lower case."""
    return re.split(r"[\s/]", agent.strip(), maxsplit=1)[0].lower()


@lru_cache(maxsize=64)
def _lines(body: bytes, token: str) -> tuple[Signal, ...]:
    """Return the fields of robots.txt that are for `token`, names in lower case, and all licences.

    Groups are chosen as RFC 9309, 2.2.1 says: all that name the token, else those of ``*``. A
    licence (RSL 1.0) is for all, wherever it stands.
    """
    groups: dict[str, list[Signal]] = defaultdict(list)
    licences: list[Signal] = []
    named: list[str] = []
    naming = False
    text = body[: robots.MAX_BYTES].decode("utf-8-sig", "replace")
    for line in re.split(r"[\r\n]+", text):
        pair = _PAIR.match(line)
        if pair is None:
            continue
        field, value = pair[1].lower(), pair[2].strip()
        if field == "user-agent":
            named = [*(named if naming else ()), _token(value)]
            for name in named:
                groups[name]  # a group without a line is one as well
        elif field == "license":
            licences.append((field, value))
            continue
        else:
            for name in named:
                groups[name].append((field, value))
        naming = field == "user-agent"
    return (*groups.get(token, groups.get("*", [])), *licences)


def _by_path(values: list[str], url: str) -> list[str]:
    """Return those with the longest path that fits `url`; one without a path fits all.

    IETF draft-ietf-aipref-attach, section 3: ``Content-Usage: /path train-ai=n``.
    """
    best, chosen = -1, list[str]()
    for value in values:
        path, rest = value.split(None, 1) if _PATH_FIRST.match(value) else ("", value)
        if len(path) >= best and matches(path, url):
            chosen = [*(chosen if len(path) == best else ()), rest.strip()]
            best = len(path)
    return chosen


def tdmrep(body: bytes, url: str) -> tuple[str, str]:
    """Return reservation and policy that the tdmrep.json `body` states for `url`.

    The reservation is ``1``, ``0`` or, where no rule fits or the file is none, empty. The first
    rule that fits decides: W3C TDM Reservation Protocol, section "TDM File on the Origin Server".

    >>> tdmrep(b'[{"location": "/news", "tdm-reservation": 1}]', "https://news.example/news/a")
    ('1', '')
    """
    try:
        rules = orjson.loads(body.removeprefix(b"\xef\xbb\xbf")) if body else []
    except orjson.JSONDecodeError:
        return "", ""
    # Many sites leave out the brackets around their one rule.
    listed: list[Any] = rules if isinstance(rules, list) else [rules]
    for rule in listed[:MAX_RULES]:
        location = rule.get("location") if isinstance(rule, dict) else None
        if isinstance(location, str) and matches(location, url):
            stated, policy = str(rule.get("tdm-reservation")), rule.get("tdm-policy")
            if stated not in {"0", "1"}:
                return "", ""  # a protocol error counts as unset
            return stated, policy if isinstance(policy, str) else ""
    return "", ""


def ai_txt(body: bytes, url: str, agent: str) -> str:
    """Return ``disallowed`` or ``allowed``: may texts of `url` be used for training, by ai.txt.

    Empty where `body` is no ai.txt. Its grammar is that of robots.txt, its patterns are kinds of
    files; a page is a text whatever its path ends in.
    """
    if not re.search(rb"^\s*user-agent\s*:", body, re.IGNORECASE | re.MULTILINE):
        return ""  # most often the site's own page for what it does not have
    home = urls.origin(url)
    asked = (url, f"{home}/page.txt", f"{home}/page.html")
    every = all(robots.allowed(body, agent, one) for one in asked)
    return "allowed" if every else "disallowed"


def of_site(
    robots_body: bytes, tdmrep_body: bytes, ai_txt_body: bytes, url: str, agent: str
) -> tuple[Signal, ...]:
    r"""Return what a site says of the use of `url`; an empty body is a file that it does not have.

    >>> robots_txt = b"User-agent: *\nContent-Signal: search=yes, ai-train=no\n"
    >>> of_site(robots_txt, b"", b"", "https://news.example/a", "archiver")
    (('robots.txt content-signal', 'search=yes, ai-train=no'),)
    """
    lines = _lines(robots_body, _token(agent))
    found: list[Signal] = []
    for field in ("content-signal", "content-usage"):
        stated = _by_path([value for name, value in lines if name == field][:MAX_RULES], url)
        found += [(f"robots.txt {field}", value) for value in stated]
    found += [("robots.txt license", value) for name, value in lines if name == "license"]
    reservation, policy = tdmrep(tdmrep_body, url)
    found += [("tdmrep.json tdm-reservation", reservation), ("tdmrep.json tdm-policy", policy)]
    found.append(("ai.txt", ai_txt(ai_txt_body, url, agent)))
    return _tidy(iter(found))
