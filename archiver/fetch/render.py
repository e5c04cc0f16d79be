"""A page that needs JavaScript, rendered by Chromium, which opens no connection of its own.

In come a page as it was fetched and the client that fetched it; out goes the page with the
document that its scripts made, or an error. Needs the extra ``javascript`` (Playwright) and a
Chromium of the system; nothing else of archiver does.

The browser gets the page's own bytes, not a request. Scripts, and what scripts ask for with GET,
are asked for by our client, one at a time, with all that it checks: scheme, address, size, time,
redirects. Everything else is refused: pictures, media, fonts, frames, other pages, forms, sockets.
What passes the interception by meets a proxy that is not there and a resolver that knows no name.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from archiver.errors import BadInput
from archiver.fetch import http, urls
from archiver.model import Fetched, Headers

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Request, Route, WebSocketRoute

FLAG = ("x-archiver-rendered", "1")  # stands among the headers of what was rendered
MAX_REQUESTS = 200  # of one page; the rest is refused
SETTLED = 0.5  # seconds without a request after which a page counts as finished
CLOSING = 5.0  # seconds for the browser to end by itself, past the deadline
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# One browser at a time in a process: each takes some hundred megabytes.
_ALONE = Lock()

_ARGUMENTS = (
    "--proxy-server=http://127.0.0.1:9",  # discard: nobody listens
    "--proxy-bypass-list=<-loopback>",  # not even for this machine itself
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--dns-prefetch-disable",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-pings",
    "--disable-gpu",
    "--renderer-process-limit=1",
    "--js-flags=--max-old-space-size=512",
)
# What opens connections that no interception sees, taken from the page before its scripts run.
_WITHOUT = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport",
                    "WebSocketStream"]) {
  try { delete globalThis[name]; } catch {}
}
"""
_ASKED = frozenset({"script", "xhr", "fetch"})
# Headers of bytes that are not those which the browser, or the archive, is given.
_OF_BYTES = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})
_OF_VERSION = frozenset({"content-type", "etag", "last-modified"})
_UNWANTED = frozenset({"set-cookie", "refresh", "link", "report-to", "reporting-endpoints", "nel"})


def executable(chosen: str = "") -> str:
    """Return the path of Chromium: the one that is chosen, or the first found on PATH.

    Raises BadInput where there is none.
    """
    for name in (chosen,) if chosen else _NAMES:
        if found := shutil.which(name):
            return found
    where = f"{chosen!r} cannot be run" if chosen else f"none of {', '.join(_NAMES)} is on PATH"
    raise BadInput(f"rendering needs Chromium, and {where}; install it or set `chromium`")


def check(chosen: str = "") -> None:
    """Raise BadInput unless pages can be rendered here; to be asked before the first is fetched."""
    executable(chosen)
    try:
        import playwright.async_api  # noqa: F401, PLC0415 - an extra: most never render
    except ImportError:
        raise BadInput(
            "rendering needs Playwright: pip install 'archiver[javascript]', or do without --render"
        ) from None


def render(
    client: http.Client,
    got: Fetched,
    *,
    chromium: str = "",
    allowed: Callable[[str], bool] = lambda _: True,
    now: datetime,
) -> Fetched:
    """Return `got`, an answer with a body, with the document that its scripts make of it.

    `allowed` is asked about each URL that a script wants, robots.txt for example. Headers stay,
    but for those that tell of the first bytes alone, and `FLAG` is added; requests and bytes are
    counted in. The outcome is ``error`` where the document could not be made within the deadline,
    which counts anew, and ``truncated`` where it is larger than `max_bytes`. Raises BadInput where
    Playwright or Chromium is missing.
    """
    check(chromium)
    work = _Work(client, got, executable(chromium), allowed, now)
    with _ALONE:
        begun = time.monotonic()
        try:
            html = asyncio.run(work.rendered())
        except Exception as fault:  # noqa: BLE001 - Playwright's, a browser's, a page's
            told = next(iter(str(fault).splitlines()), "") or type(fault).__name__
            return replace(
                got,
                outcome="error",
                reason=f"cannot be rendered: {told[:200]}",
                body=b"",
                requests=got.requests + work.requests,
                wire_bytes=got.wire_bytes + work.wire_bytes,
            )
    body = html.encode("utf-8", "replace")
    most = client.settings.max_bytes
    cut = f"more than {most} bytes; {most} bytes are kept" if len(body) > most else got.reason
    return replace(
        got,
        outcome="truncated" if cut else got.outcome,
        reason=cut,
        headers=(
            *_without(got.headers, _OF_BYTES | _OF_VERSION),
            ("content-type", "text/html; charset=utf-8"),
            FLAG,
        ),
        body=body[:most],
        requests=got.requests + work.requests,
        wire_bytes=got.wire_bytes + work.wire_bytes,
        milliseconds=got.milliseconds + round((time.monotonic() - begun) * 1000),
    )


def _without(headers: Headers, names: frozenset[str]) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in names)


def _plain(headers: Headers) -> dict[str, str]:
    """Headers as Playwright takes them, those left out that would make the browser act."""
    return {name.lower(): value for name, value in _without(headers, _OF_BYTES | _UNWANTED)}


@dataclass  # without slots: Playwright hangs a note on the object whose methods it calls
class _Work:
    """One page in one browser, which ends with it."""

    client: http.Client
    got: Fetched
    executable: str
    allowed: Callable[[str], bool]
    now: datetime
    ends: float = 0.0
    requests: int = 0
    wire_bytes: int = 0
    asked: int = 0
    left_bytes: int = 0
    opened: bool = False  # whether the document itself was given out
    turn: asyncio.Lock | None = None

    def left(self) -> float:
        """Seconds of the deadline that are left."""
        return max(0.0, self.ends - time.monotonic())

    async def _within(self, doing: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
        """Wait for it, as long as there is time. Raises TimeoutError."""
        try:
            return await asyncio.wait_for(doing, self.left())
        except TimeoutError:
            seconds = self.client.settings.deadline
            raise TimeoutError(f"not complete within the deadline of {seconds:g} s") from None

    async def rendered(self) -> str:
        """Start a browser, show it the page, and return the document that has come of it."""
        from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra

        self.ends = time.monotonic() + self.client.settings.deadline
        self.left_bytes = self.client.settings.max_bytes
        self.turn = asyncio.Lock()
        async with async_playwright() as playwright:
            browser = await self._within(
                playwright.chromium.launch(
                    executable_path=self.executable,
                    args=list(_ARGUMENTS),
                    # Chromium's sandbox does not start for root. Do not render as root.
                    chromium_sandbox=os.geteuid() != 0,
                )
            )
            try:
                html: str = await self._shown(browser)
            finally:
                await asyncio.wait_for(browser.close(), CLOSING)
        return html

    async def _shown(self, browser: Browser) -> str:
        context = await self._within(
            browser.new_context(
                user_agent=self.client.agent(urls.site(self.got.final_url)),
                accept_downloads=False,
                service_workers="block",
            )
        )
        await context.add_init_script(_WITHOUT)
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", _refuse_socket)
        page: Page = await context.new_page()
        context.on("page", lambda other: asyncio.ensure_future(other.close()))
        await self._within(page.goto(self.got.final_url, wait_until="commit"))
        await self._settle()
        html: str = await self._within(page.content())
        return html

    async def _settle(self) -> None:
        """Wait until the page has loaded and asks for nothing more, or time is nearly up."""
        reserve = min(2.0, self.client.settings.deadline / 4)  # for the document itself
        quiet = time.monotonic()
        seen = self.asked
        while self.left() > reserve:
            await asyncio.sleep(SETTLED / 5)
            assert self.turn is not None  # noqa: S101 - for the type checker
            if self.turn.locked() or self.asked != seen:
                quiet, seen = time.monotonic(), self.asked
            elif time.monotonic() - quiet >= SETTLED:
                return

    async def _answer(self, route: Route, request: Request) -> None:
        """Answer one request of the browser, or refuse it."""
        if request.is_navigation_request():
            await self._navigated(route)
            return
        if request.resource_type == "stylesheet":
            await route.fulfill(status=200, content_type="text/css", body="")
            return
        fetched = await self._fetched(request)
        if fetched is None:
            await route.abort()
        else:
            await route.fulfill(
                status=fetched.status or 200, headers=_plain(fetched.headers), body=fetched.body
            )

    async def _navigated(self, route: Route) -> None:
        """Give out the document, once; whatever else would be opened is no content."""
        if self.opened:
            await route.fulfill(status=204)  # an abort would put an error page in its place
            return
        self.opened = True
        await route.fulfill(status=200, headers=_plain(self.got.headers), body=self.got.body)

    async def _fetched(self, request: Request) -> Fetched | None:
        """What our client gets for a script's request; None where it may not be asked for."""
        if request.resource_type not in _ASKED or request.method != "GET":
            return None
        assert self.turn is not None  # noqa: S101 - for the type checker
        async with self.turn:
            if self.asked >= MAX_REQUESTS or self.left() <= 0 or self.left_bytes <= 0:
                return None
            self.asked += 1
            return await asyncio.to_thread(self._get, request.url)

    def _get(self, url: str) -> Fetched | None:
        if not self.allowed(url):
            return None
        fetched = self.client.get(url, now=self.now)
        self.requests += fetched.requests
        self.wire_bytes += fetched.wire_bytes
        self.left_bytes -= len(fetched.body)
        return fetched if fetched.outcome == "ok" else None


def _refuse_socket(socket: WebSocketRoute) -> None:
    asyncio.ensure_future(socket.close())  # noqa: RUF006 - the browser ends with the page
