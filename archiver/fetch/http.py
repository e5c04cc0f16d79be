"""One URL asked for over HTTP, safely: the one module that opens a connection.

In come a URL and what is known of it; out goes a `model.Fetched`, whatever the server does.
Never connects to an address that was not checked, never takes longer or more than the settings
say, never sends cookies, credentials or anything but GET, never uses a proxy from the environment,
never decodes a character. Asking robots.txt and keeping pauses is the caller's part.

It is httpx's requests and answers over a transport of our own, because only below httpx can a
connection be made to an address that was checked. A connection is kept for the next request to its
origin only after an answer that ended where it should and with nothing after it, so that no answer
can leak into the next one; whatever was wrong with an answer closes it.
"""

from __future__ import annotations

import queue
import re
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from types import MappingProxyType
from typing import Self

import httpcore
import httpx

from archiver import __version__
from archiver.errors import BadInput
from archiver.fetch import addresses, inflate, urls
from archiver.fetch.connection import FAULTS, Body, Kept, Stale, Transport
from archiver.fetch.wire import Flood, Late, Wire, tls_context
from archiver.model import Fetched, Headers, Outcome
from archiver.settings import Settings

MAX_HEAD = 64 * 1024  # bytes of status line and headers, interim answers with them
# Headers of an answer. Python's own client takes 100, Node's 2,000; pages need less than either.
MAX_HEADERS = 500
ROBOTS_REDIRECTS = 5  # RFC 9309, 2.3.1.2

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5"
ROBOTS_BYTES = 500 * 1024  # RFC 9309, 2.5: a parser need not read more

_EMPTY = "empty body"
_NO_CONTENT = frozenset({204, 205})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GOOD = range(200, 300)
_NO_PAGE = dict.fromkeys(_NO_CONTENT, ": there is no content") | {
    206: ": a part, though the whole was asked for",
}
_SERVER_ERRORS = 500  # and what is no status at all: the connection is not used again
# What would end a header wherever it is written out again. HTTP/2 could carry it.
_SPLITS = re.compile(rb"[\r\n\0]")
_SIGNALS = frozenset({"x-robots-tag", "tdm-reservation", "content-signal", "content-usage"})
# Of what is no text of any kind, only the head is read. Feeds and sitemaps come as XML, JSON,
# gzip and, from careless servers, as octets or under no name at all.
_TEXTS = re.compile(
    r"(?!image/|audio/|video/|font/)"
    r"(text/|[^;]*(xml|json|html|gzip|octet-stream|javascript|rss|atom)|\s*(;|$)|[^/]*$)",
    re.IGNORECASE,
)
# The first bytes of what is no text whatever its label says: WHATWG MIME Sniffing, section 6.
_BINARY = re.compile(
    rb"\x89PNG\r\n\x1a\n|GIF8[79]a|\xff\xd8\xff|RIFF.{4}WEBP|%PDF-|PK\x03\x04|Rar!\x1a\x07"
    rb"|.{4}ftyp|\x1aE\xdf\xa3|OggS\0|wOF[F2]|\0\0\x01\0|7z\xbc\xaf\x27\x1c",
    re.DOTALL,
)
_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)

Resolver = Callable[[str, int], Iterable[str]]
MayFollow = Callable[[str], tuple[Outcome, str] | None]


def resolve(host: str, port: int) -> list[str]:
    """Every address that the system's resolver gives for `host`. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Ended(Exception):
    """The visit is over; how it is to be told."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


def _one_line(fault: object) -> str:
    """Return what `fault` says, fit to print and to store: its bytes may be the server's."""
    words = " ".join(str(fault).split())[:200]
    return words.encode("ascii", "backslashreplace").decode("ascii")


def _told(fault: Exception, settings: Settings) -> str:
    """One line for what went wrong on the way."""
    if isinstance(fault, httpcore.ConnectTimeout):
        return f"no connection within {settings.connect_timeout:g} s"
    if isinstance(fault, (Late, httpcore.TimeoutException)):
        return f"not complete within the deadline of {settings.deadline:g} s"
    if isinstance(fault, httpcore.ConnectError):
        kind = "TLS fails" if isinstance(fault.__cause__, ssl.SSLError) else "cannot connect"
        return f"{kind}: {_one_line(fault)}"
    if isinstance(fault, httpcore.NetworkError):
        return f"connection lost: {_one_line(fault)}"
    return f"broken HTTP: {_one_line(fault)}"


def _text(raw: bytes) -> str:
    """Read a header as text: UTF-8 where it is that, else ISO 8859-1, which always is."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("iso-8859-1")


def _headers(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key.lower() == name]


def _header(headers: Headers, name: str) -> str:
    return next(iter(_headers(headers, name)), "")


def _retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait as ``Retry-After`` says (RFC 9110, 10.2.3); None where it says nothing."""
    if _SECONDS.fullmatch(value.strip()):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (date - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


class Client:
    """Asks for URLs within the bounds of its settings. May be shared by threads."""

    def __init__(
        self,
        settings: Settings,
        allow_private: Callable[[str], bool] | frozenset[str] = frozenset(),
        resolve: Resolver = resolve,
        contacts: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Take the settings, and which ``host:port`` may lie on a private network.

        `allow_private` is a set of such endpoints or a function that knows them; `resolve` gives
        the addresses of a name; `contacts` are by host, as `urls.site` and `urls.bare` have it,
        where another one than the settings' is told. Raises BadInput where agent or contact cannot
        stand in a header.
        """
        for contact in (settings.contact, *contacts.values()):
            if (
                not (settings.agent + contact).isascii()
                or not (settings.agent + contact).isprintable()
            ):
                raise BadInput(
                    f"agent {settings.agent!r} and contact {contact!r} go into a header:"
                    " write them in printable ASCII"
                )
        self.settings = settings
        self.contacts = contacts
        self.private = allow_private if callable(allow_private) else allow_private.__contains__
        self.resolve = resolve
        self.tls = tls_context()
        self.kept = Kept()
        # A client that is dropped without a word leaves no socket open.
        weakref.finalize(self, self.kept.close)

    def __enter__(self) -> Self:
        """Give the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connections that are kept. It may be used on; it only has to connect anew."""
        self.kept.close()

    def contact(self, host: str) -> str:
        """Whom a host (with a port that is not the scheme's own) is told to turn to, if anybody."""
        return self.contacts.get(urls.bare(host), self.settings.contact)

    def agent(self, host: str) -> str:
        """The ``User-Agent`` that a host is told."""
        contact = self.contact(host)
        told = f" (+{contact})" if contact else ""
        return f"{self.settings.agent}/{__version__}{told}"

    def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        now: datetime,
        may_follow: MayFollow = lambda _: None,
    ) -> Fetched:
        """Ask for `url`, follow its redirects, take its body. Raises for nothing a server does.

        `may_follow` is asked before each redirect: outcome and reason where it must not be
        followed, or None. It may take its time, for a pause; that does not count here.
        `etag` and `last_modified` are those of the version at hand: where it still holds, the
        outcome is ``not_modified``. `now` is the moment that is put on record, with zone.
        """
        known = (("If-None-Match", etag), ("If-Modified-Since", last_modified))
        conditions = [(name, value) for name, value in known if value]
        settings = self.settings
        visit = _Visit(self, url, conditions, settings.max_redirects, settings.max_bytes)
        visit.may_follow = may_follow
        return visit.fetched(now)

    def barred(self, url: str) -> tuple[Outcome, str] | None:
        """Outcome and reason if `url` may not be asked for at all, before anything is sent."""
        visit = _Visit(self, url, [], 0, 0)
        try:
            visit._checked(urls.split(url))  # noqa: SLF001 - the same file
        except BadInput as fault:
            return "refused", str(fault)
        except _Ended as end:
            return end.outcome, end.reason
        except Late as fault:
            return "error", _told(fault, self.settings)
        return None


@dataclass(slots=True)
class _Visit:
    """One URL on its way: what was asked and what has come so far."""

    client: Client
    url: str
    conditions: list[tuple[str, str]]
    max_redirects: int
    max_bytes: int
    texts_only: bool = True
    may_follow: MayFollow = lambda _: None
    resolved: dict[str, list[str]] = field(default_factory=dict)  # for this visit, no longer
    wire: Wire = field(init=False)
    final: str = field(init=False)
    trail: list[tuple[int, str]] = field(default_factory=list)
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""

    def __post_init__(self) -> None:
        self.final = self.url
        self.wire = Wire(time.monotonic() + self.client.settings.deadline)

    def fetched(self, now: datetime) -> Fetched:
        """Go, and tell what came of it."""
        begun = time.monotonic()
        try:
            outcome, reason = self._follow()
        except _Ended as end:
            outcome, reason = end.outcome, end.reason
        except Late as fault:
            outcome, reason = "error", _told(fault, self.client.settings)
        slow_down = self.status in {429, 503}
        return Fetched(
            requested_url=self.url,
            final_url=self.final,
            outcome=outcome,
            reason=reason,
            started_at=now,
            status=self.status,
            headers=self.headers,
            body=self.body,
            redirects=tuple(self.trail),
            signals=tuple(
                (name.lower(), value) for name, value in self.headers if name.lower() in _SIGNALS
            ),
            milliseconds=round((time.monotonic() - begun) * 1000),
            wire_bytes=self.wire.read,
            requests=self.wire.requests,
            retry_after=(
                _retry_after(_header(self.headers, "retry-after"), now) if slow_down else None
            ),
        )

    def _follow(self) -> tuple[Outcome, str]:  # noqa: PLR0911 - each way that it ends
        """Ask, and ask on where an answer leads elsewhere."""
        seen = set()
        while True:
            try:
                parts = urls.split(self.final)
            except BadInput as fault:
                return "refused", str(fault)
            if parts.href in seen:
                return "error", "redirects lead round in a circle"
            seen.add(parts.href)
            # What the last hop said is in the trail; a host that gives no answer has no status.
            self.status, self.headers = None, ()
            checked = self._checked(parts)
            with closing(self._ask(parts, checked)) as response:
                self.status = response.status_code
                self.headers = tuple((_text(name), _text(at)) for name, at in response.headers.raw)
                self._check_head(response)
                if self.status not in _REDIRECTS:
                    return self._answer(response)
                self._body(response).keep()
            if not (location := _header(self.headers, "location")):
                return "error", f"HTTP {self.status} without a Location"
            if len(self.trail) == self.max_redirects:
                return "error", f"more than {self.max_redirects} redirects"
            try:
                self.final = urls.join(parts.href, location)
            except BadInput as fault:
                return "refused", f"HTTP {self.status} leads astray: {fault}"
            self.trail.append((self.status, self.final))
            asked = time.monotonic()
            told = self.may_follow(self.final)
            self.wire.ends += time.monotonic() - asked
            if told is not None:
                return told

    @staticmethod
    def _body(response: httpx.Response) -> Body:
        body: Body = response.extensions["body"]
        return body

    def _check_head(self, response: httpx.Response) -> None:
        """End the visit where the head is none that may be kept."""
        headers = response.headers.raw
        if len(headers) > MAX_HEADERS:
            self.headers = ()
            raise _Ended("error", f"more than {MAX_HEADERS} headers")
        if any(_SPLITS.search(part) for header in headers for part in header):
            self.headers = ()
            raise _Ended("error", "broken HTTP: a line end or NUL inside a header")

    def _checked(self, parts: urls.Parts) -> list[str]:
        """Every address of the host, all of them allowed; ends the visit otherwise."""
        found = self._resolved(parts.host, parts.port)
        if not self.client.private(parts.endpoint):
            for address in found:
                if not addresses.allowed(address):
                    told = "" if address == parts.host else f" ({address})"
                    raise _Ended("refused", f"{parts.endpoint}{told} is no public address")
        if not (self.client.contact(parts.netloc) or all(map(addresses.loopback, found))):
            raise _Ended(
                "refused",
                "no contact is set: give `contact`, an e-mail address or a URL, in archiver.toml"
                " or ARCHIVER_CONTACT before asking other machines",
            )
        return found

    def _resolved(self, host: str, port: int) -> list[str]:
        """Ask the resolver once a visit, and wait for it no longer than the URL has left."""
        with suppress(ValueError):
            return [str(ip_address(host))]
        if known := self.resolved.get(host):
            return known
        answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(list(self.client.resolve(host, port)))
            except (OSError, UnicodeError) as fault:
                answers.put(fault)

        # The system's resolver takes no timeout. A daemon, so that a dead name server holds up
        # neither the visit nor the end of the program.
        threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
        try:
            found = answers.get(timeout=self.wire.left())
        except queue.Empty:
            raise Late from None
        if isinstance(found, Exception) or not found:
            raise _Ended("error", f"{host} has no address: {_one_line(found or 'none given')}")
        self.resolved[host] = found
        return found

    def _ask(self, parts: urls.Parts, checked: list[str]) -> httpx.Response:
        """Send one GET and read the head of the answer."""
        client, settings = self.client, self.client.settings
        transport = Transport(client.tls, client.kept, self.wire, checked, settings.connect_timeout)
        while True:
            self.wire.allow(MAX_HEAD)
            try:
                return transport.handle_request(self._request(parts))
            except Stale:
                continue  # the connection's fault, not the site's; the next one is new
            except Flood:
                raise _Ended("error", f"headers of more than {MAX_HEAD} bytes") from None
            except FAULTS as fault:
                raise _Ended("error", _told(fault, settings)) from fault

    def _request(self, parts: urls.Parts) -> httpx.Request:
        headers = [
            ("Host", parts.netloc),
            ("User-Agent", self.client.agent(parts.netloc)),
            ("Accept", ACCEPT),
            ("Accept-Encoding", inflate.CODINGS),
            *self.conditions,
        ]
        # WHATWG's parsing, not httpx's, says what is asked of whom.
        asked = {
            "origin": (parts.scheme.encode(), parts.host.encode(), parts.port),
            "target": parts.target.encode(),
        }
        return httpx.Request(
            "GET", f"{parts.scheme}://{parts.netloc}/", headers=headers, extensions=asked
        )

    def _answer(self, response: httpx.Response) -> tuple[Outcome, str]:
        """Tell what an answer that leads nowhere else comes to; take the body of a good one."""
        status = response.status_code
        if status not in _GOOD or status in _NO_PAGE:
            if status < _SERVER_ERRORS:
                self._body(response).keep()
            if status == HTTPStatus.NOT_MODIFIED and self.conditions:
                return "not_modified", "HTTP 304"
            return "error", f"HTTP {status}{_NO_PAGE.get(status, '')}"
        kind = _header(self.headers, "content-type")
        if self.texts_only and not _TEXTS.match(kind):
            return "refused", f"media type {_one_line(kind)} is no text"
        body, cut = self._read(response)
        if self.texts_only and _BINARY.match(body):
            return "refused", f"no text, though the media type is {_one_line(kind) or 'not stated'}"
        if not body:
            return "error", cut or _EMPTY
        self.body = body
        return ("truncated", f"{cut}; {len(body)} bytes are kept") if cut else ("ok", "")

    def _read(self, response: httpx.Response) -> tuple[bytes, str]:
        """Read the body, decompressed, and say why it is not the whole, if it is not."""
        settings = self.client.settings
        kept = bytearray()
        try:
            named = inflate.codings(", ".join(_headers(self.headers, "content-encoding")))
            body = self._body(response)
            for piece in inflate.inflated(iter(body), named, self.max_bytes):
                kept += piece
                self.wire.left()
        except Flood:
            return bytes(kept), "broken HTTP: more framing than body"
        except (inflate.TooLong, inflate.Broken) as fault:
            return bytes(kept), str(fault)
        except (Late, *FAULTS) as fault:
            return bytes(kept), _told(fault, settings)
        body.keep()
        return bytes(kept), ""


def fetch_robots(
    client: Client, url: str, now: datetime, may_follow: MayFollow = lambda _: None
) -> Fetched:
    """Ask for the robots.txt that governs `url`. Its status is None where it is unreachable.

    Follows five redirects, as RFC 9309, 2.3.1.2 wants; one more gives that redirect's status. A
    file that breaks off before the size that is read of it counts as unreachable: the rule that
    forbids may stand in the part that did not come. Raises BadInput if `url` is none.
    """
    place = urls.join(urls.origin(url), "/robots.txt")
    visit = _Visit(client, place, [], ROBOTS_REDIRECTS, ROBOTS_BYTES + 1, texts_only=False)
    visit.may_follow = may_follow
    got = visit.fetched(now)
    broken = got.outcome == "truncated" and len(got.body) <= ROBOTS_BYTES
    empty = got.reason == _EMPTY or got.status in _NO_CONTENT  # a file without any rule
    lost = got.outcome == "error" and got.status in _GOOD and not empty
    if broken or lost or got.outcome == "refused":
        return replace(got, status=None, body=b"")
    return got
