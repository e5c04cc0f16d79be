"""robots.txt as RFC 9309 says: what it allows, which delay it asks for, which sitemaps it names.

In come the bytes of a robots.txt (or the status that stood in its place), an agent and a URL; out
go verdicts. Never asks the network: `http.fetch_robots` does, and the caller keeps the answer, for
a day at most (RFC 9309, 2.4).
"""

from __future__ import annotations

import re
from functools import lru_cache

from protego import Protego

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: a parser reads at least so much
ALLOW_ALL = b""
# The comment tells it from the file of a server that forbids everything in these very words.
DISALLOW_ALL = b"# robots.txt cannot be had\nUser-agent: *\nDisallow: /\n"

_BOM = re.compile(rb"\A\xef(?:\xbb\xbf?)?")  # a cut one too, as Google's parser takes it
# A line ends with CR or LF (RFC 9309, 2.2); Python's splitlines would end it at these too.
_NO_LINE_END = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
# "User-agent: Foo/2.0 (news)" means the product token Foo: RFC 9309, 2.2.1.
_AGENT_LINE = re.compile(
    r"^([ \t]*user[ -]?agent[ \t]*:?[ \t]*[^\s#/:]+)[^\r\n#]*", re.IGNORECASE | re.MULTILINE
)


@lru_cache(maxsize=64)
def _rules(body: bytes) -> Protego:
    text = _BOM.sub(b"", body[:MAX_BYTES]).decode("utf-8", "replace")
    if len(body) > MAX_BYTES and "\n" in text:
        text = text[: text.rindex("\n")]  # half a rule would forbid more than was written
    return Protego.parse(_AGENT_LINE.sub(r"\1", _NO_LINE_END.sub(" ", text)))


def _token(agent: str) -> str:
    """Return the product token of `agent`: what stands before the first blank or slash."""
    return re.split(r"[\s/]", agent.strip(), maxsplit=1)[0]


def allowed(body: bytes, agent: str, url: str) -> bool:
    r"""Whether the robots.txt `body` lets `agent` ask for `url`; /robots.txt itself always.

    >>> allowed(b"User-agent: *\nDisallow: /private\n", "archiver", "https://news.example/a")
    True
    """
    return _rules(body).can_fetch(url, _token(agent))


def crawl_delay(body: bytes, agent: str) -> float | None:
    """Seconds between two requests that `body` asks of `agent`, None where it asks for none."""
    return _rules(body).crawl_delay(_token(agent))


def sitemaps(body: bytes) -> list[str]:
    """Return the sitemap URLs that `body` names, as they stand there."""
    return list(_rules(body).sitemaps)


def from_answer(status: int | None, body: bytes) -> bytes:
    """Return the robots.txt that is in force after an answer; `status` None is no answer.

    RFC 9309, 2.3.1: what is there is obeyed, what is not there (4xx, too many redirects) allows
    all, what cannot be had (5xx, no answer) forbids all. 429 is read as 5xx, as Google does:
    it says that we ask too much, and must not be taken as leave to ask for everything.

    >>> from_answer(404, b"<html>") == ALLOW_ALL, from_answer(None, b"") == DISALLOW_ALL
    (True, True)
    """
    if status is None or status == 429 or status >= 500:  # noqa: PLR2004
        return DISALLOW_ALL
    return body if 200 <= status < 300 else ALLOW_ALL  # noqa: PLR2004
