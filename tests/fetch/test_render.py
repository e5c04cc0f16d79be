"""Pages rendered by a real browser against real servers on loopback; skipped where there is none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from archiver.errors import BadInput
from archiver.fetch import http, render
from archiver.model import Fetched
from archiver.settings import Settings
from tests.serving import in_thread

NOW = datetime(2025, 11, 20, tzinfo=UTC)
SHELL = b"""<!doctype html><html><head><title>News</title></head><body>
<noscript>Enable JavaScript</noscript><div id="root"></div>
<script src="/app.js"></script></body></html>"""
APP = b"""fetch("/story.json").then(got => got.json()).then(story => {
  document.getElementById("root").innerHTML = "<article><p>" + story.text + "</p></article>";
});"""
STORY = '{"text": "\u092a\u0941\u0932 \u0916\u0941\u0932 \u0917\u092f\u093e\u0964"}'.encode()


def able() -> str:
    """Why nothing can be rendered here, or nothing."""
    try:
        render.check()
    except BadInput as fault:
        return str(fault)
    return ""


browser = pytest.mark.skipif(bool(able()), reason=able() or "there is a browser")


@dataclass
class Site:
    """A server of a table of pages, and what it was asked for."""

    endpoint: str
    pages: dict[str, tuple[str, bytes]]
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def url(self, path: str) -> str:
        """Give the URL of a path."""
        return f"http://{self.endpoint}{path}"


@contextmanager
def served(pages: dict[str, tuple[str, bytes]]) -> Iterator[Site]:
    """Serve pages, (media type, body) by path; a type that begins with http is a redirect there."""
    site = Site("", pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(f"{self.command} {self.path}")
            kind, body = site.pages.get(self.path, ("", b""))
            self.send_response(302 if kind.startswith("http") else 200 if kind else 404)
            self.send_header("Location" if kind.startswith("http") else "Content-Type", kind)
            for name, value in site.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.endpoint = f"127.0.0.1:{server.server_address[1]}"
    with in_thread(server):
        yield site


@dataclass
class Canary:
    """A port of this machine that no page may touch, by TCP or UDP."""

    port: int
    tcp: socket.socket
    udp: socket.socket

    def touched(self) -> list[str]:
        """Tell by what it was touched since it was asked last."""
        found = []
        for name, of in (("tcp", self.tcp), ("udp", self.udp)):
            of.settimeout(0)
            try:
                if name == "tcp":
                    of.accept()[0].close()
                else:
                    of.recv(2048)
                found.append(name)
            except BlockingIOError:
                pass
        return found


@pytest.fixture
def canary() -> Iterator[Canary]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(64)
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        yield Canary(port, tcp, udp)


def rendered(site: Site, path: str = "/", barred: str = "#", **chosen: float) -> Fetched:
    """Fetch a page and render it, as much as is allowed on this machine: the site alone.

    And of the site no URL with `barred` in it.
    """
    settings = Settings(**{"deadline": 15.0, **chosen})  # type: ignore[arg-type]
    with http.Client(settings, frozenset({site.endpoint})) as client:
        got = client.get(site.url(path), now=NOW)
        assert got.outcome == "ok"
        return render.render(client, got, allowed=lambda url: barred not in url, now=NOW)


@browser
def test_what_scripts_make_of_a_shell_is_the_page() -> None:
    with served(
        {
            "/": ("text/html", SHELL),
            "/app.js": ("text/javascript", APP),
            "/story.json": ("application/json", STORY),
        }
    ) as site:
        site.headers = {"ETag": '"1"', "X-Robots-Tag": "noai"}
        got = rendered(site)
    assert (got.outcome, got.reason, got.requests) == ("ok", "", 3)
    assert "<article><p>पुल खुल गया।</p></article>" in got.body.decode()
    assert site.asked == ["GET /", "GET /app.js", "GET /story.json"]
    told = {name.lower(): value for name, value in got.headers}
    assert render.FLAG in got.headers
    assert told["x-robots-tag"] == "noai"
    assert told["content-type"] == "text/html; charset=utf-8"
    assert "etag" not in told  # it is that of the shell, which may stand while the story changes


HOSTILE = """<!doctype html><body><p>A sentence.</p>
<img src="http://127.0.0.1:%(port)d/img"><img src="/own.png">
<link rel="preconnect" href="http://127.0.0.1:%(port)d/">
<link rel="prefetch" href="http://127.0.0.1:%(port)d/prefetch">
<link rel="stylesheet" href="http://127.0.0.1:%(port)d/style.css">
<style>@font-face { font-family: x; src: url(http://127.0.0.1:%(port)d/font) } p { font-family: x }
body { background: url(http://127.0.0.1:%(port)d/background) }</style>
<iframe src="http://127.0.0.1:%(port)d/frame"></iframe>
<iframe srcdoc="<script>new Image().src = 'http://127.0.0.1:%(port)d/srcdoc'</script>"></iframe>
<video src="http://127.0.0.1:%(port)d/video" autoplay></video>
<form id="f" action="http://127.0.0.1:%(port)d/form" method="post" target="_blank"></form>
<script src="http://127.0.0.1:%(port)d/script.js"></script>
<script src="/hostile.js"></script></body>"""
# Each way in a function of its own, so that one which does not exist stops no other.
HOSTILE_JS = """
const at = "127.0.0.1:%(port)d";
const ways = [
  () => fetch("http://" + at + "/fetch"),
  () => fetch("http://localhost:%(port)d/name"),
  () => fetch("http://[::ffff:127.0.0.1]:%(port)d/mapped"),
  () => fetch("http://rebind.example:%(port)d/name"),
  () => fetch("/leads-there"),
  () => fetch("/own-disallowed"),
  () => fetch("/own-post", { method: "POST", body: "x" }),
  () => { const x = new XMLHttpRequest(); x.open("GET", "http://" + at + "/xhr"); x.send(); },
  () => navigator.sendBeacon("http://" + at + "/beacon", "x"),
  () => new WebSocket("ws://" + at + "/socket"),
  () => new EventSource("http://" + at + "/events"),
  () => new WebTransport("https://" + at + "/transport"),
  () => import("http://" + at + "/module.js"),
  () => new SharedWorker("http://" + at + "/shared.js"),
  () => new Worker(URL.createObjectURL(new Blob([
      "fetch('http://" + at + "/in-worker'); new WebSocket('ws://" + at + "/in-worker');" +
      "try { new WebTransport('https://" + at + "/t') } catch {}"]))),
  () => navigator.serviceWorker.register("/worker.js"),
  () => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:" + at }] });
    peer.createDataChannel("x");
    peer.createOffer().then(offer => peer.setLocalDescription(offer));
  },
  () => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const peer = new frame.contentWindow.RTCPeerConnection({ iceServers: [{ urls: "stun:" + at }] });
    peer.createDataChannel("x");
    peer.createOffer().then(offer => peer.setLocalDescription(offer));
  },
  () => window.open("http://" + at + "/popup"),
  () => document.getElementById("f").submit(),
  () => { const a = document.createElement("a"); a.href = "http://" + at + "/ping"; a.ping = a.href;
          a.download = "x"; a.click(); },
];
for (const way of ways) { try { Promise.resolve(way()).catch(() => 0); } catch {} }
document.body.append("All ways were tried.");
setTimeout(() => { location.href = "http://" + at + "/location"; }, 100);
"""


@browser
def test_no_page_reaches_this_machine_or_what_is_barred(canary: Canary) -> None:
    """Nothing that a page can write opens a connection that our client did not check.

    Nor does it ask the site for what the caller, who knows its robots.txt, has barred.
    """
    where = {"port": canary.port}
    with served(
        {
            "/": ("text/html", (HOSTILE % where).encode()),
            "/hostile.js": ("text/javascript", (HOSTILE_JS % where).encode()),
            "/leads-there": (f"http://127.0.0.1:{canary.port}/redirected", b""),
            "/worker.js": ("text/javascript", b"fetch('/from-worker')"),
            "/own-disallowed": ("text/plain", b"not to be had"),
        }
    ) as site:
        got = rendered(site, barred="disallowed")
    assert canary.touched() == []
    assert got.outcome == "ok"
    assert b"All ways were tried." in got.body
    assert sorted(site.asked) == ["GET /", "GET /hostile.js", "GET /leads-there"]
    with socket.create_connection(("127.0.0.1", canary.port)):
        assert canary.touched() == ["tcp"]  # it would have told


@browser
def test_a_page_that_never_ends_is_an_error() -> None:
    """A script that runs for ever costs its deadline, and leaves no browser behind."""
    with served({"/": ("text/html", b"<p>A sentence.</p><script>for (;;);</script>")}) as site:
        got = rendered(site, deadline=2.0)
    assert got.outcome == "error"
    assert "deadline of 2 s" in got.reason
    assert got.body == b""


@browser
def test_a_document_that_grows_is_cut() -> None:
    script = b"<script>document.body.append('word '.repeat(100000))</script>"
    with served({"/": ("text/html", b"<body>" + script)}) as site:
        got = rendered(site, max_bytes=10_000)
    assert (got.outcome, len(got.body)) == ("truncated", 10_000)
    assert "more than 10000 bytes" in got.reason


def test_without_chromium_the_message_says_what_to_do() -> None:
    with pytest.raises(BadInput, match="install it or set `chromium`"):
        render.executable("no-such-browser")
