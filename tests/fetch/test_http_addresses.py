"""Which addresses are asked: names are resolved once, and no private number is reached by one."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime

import pytest

from archiver.errors import BadInput
from archiver.fetch import http
from archiver.settings import Settings

from .local import reply, served

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PAGE = b"<!doctype html><title>t</title><p>" + "ख़बर".encode()


def resolver(*addresses: str) -> http.Resolver:
    """Give the same addresses to every name."""
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("93.184.215.14", "127.0.0.1"),
        ("93.184.215.14", "::ffff:169.254.169.254"),
        ("fd00::1", "93.184.215.14"),
    ],
)
def test_one_private_answer_of_the_resolver_refuses_the_name(addresses: tuple[str, ...]) -> None:
    """Every address counts, not only the one that would be connected to."""
    client = http.Client(Settings(contact="a@b.example"), resolve=resolver(*addresses))
    got = client.get("http://rebinding.example/", now=NOW)
    assert (got.outcome, got.requests) == ("refused", 0)
    assert "no public address" in got.reason


def test_the_name_is_resolved_once_and_the_checked_number_is_asked() -> None:
    """A second answer, which would point elsewhere, is never asked for; Host is the name."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with served({"/": reply(PAGE)}) as local:
        endpoint = f"site.example:{local.port}"
        client = http.Client(Settings(), frozenset({endpoint}), resolve)
        got = client.get(f"http://{endpoint}/", now=NOW)
    assert got.outcome == "ok"
    assert asked == ["site.example"]
    assert f"host: {endpoint}" in local.asked[0].lower()


def test_allow_private_is_for_one_port_of_one_host() -> None:
    """As a set or as a function; another name for the same machine is not meant."""
    with served({"/": reply(PAGE)}) as local:
        client = http.Client(Settings(), lambda endpoint: endpoint == local.endpoint)
        assert client.get(local.url(), now=NOW).outcome == "ok"
        other = client.get(f"http://localhost:{local.port}/", now=NOW)
        assert (other.outcome, len(local.asked)) == ("refused", 1)


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    """Both were checked; the first one refuses the connection."""
    with served({"/": reply(PAGE)}) as local:
        endpoint = f"site.example:{local.port}"
        resolve = resolver("127.0.0.9", "127.0.0.1")
        got = http.Client(Settings(), frozenset({endpoint}), resolve).get(
            f"http://{endpoint}/", now=NOW
        )
    assert (got.outcome, got.requests) == ("ok", 1)


def test_without_a_contact_only_this_machine_is_asked() -> None:
    """The reason tells what to set."""
    client = http.Client(Settings(), resolve=resolver("93.184.215.14"))
    got = client.get("http://news.example/", now=NOW)
    assert (got.outcome, got.requests) == ("refused", 0)
    assert "contact" in got.reason


def test_a_sites_own_contact_is_told_to_its_hosts_alone() -> None:
    """It does for the setting, there."""
    own = {"news.example": "news@b.example"}
    client = http.Client(Settings(contact="a@b.example"), contacts=own)
    assert client.agent("www.news.example").endswith(" (+news@b.example)")
    assert client.agent("news.example:8080").endswith(" (+a@b.example)")
    alone = http.Client(Settings(), resolve=resolver("93.184.215.14"), contacts=own)
    assert alone.barred("http://news.example/") is None
    assert "contact" in (alone.barred("http://other.example/") or ("", ""))[1]
    with pytest.raises(BadInput, match="contact"):
        http.Client(Settings(), contacts={"a.example": "a\r\nX: y"})


def test_a_resolver_that_hangs_or_fails_is_an_error() -> None:
    """It is waited for no longer than the deadline."""
    released = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        released.wait(20)
        return []

    def fail(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    settings = Settings(contact="a@b.example", deadline=0.3)
    slow = http.Client(settings, resolve=hang).get("http://a.example/", now=NOW)
    released.set()
    assert (slow.outcome, slow.requests) == ("error", 0)
    assert "deadline" in slow.reason
    gone = http.Client(settings, resolve=fail).get("http://a.example/", now=NOW)
    assert gone.outcome == "error"
    assert gone.reason.startswith("a.example has no address")


def test_what_is_barred_is_told_without_a_request() -> None:
    """The same check as before a fetch, alone."""
    with served({"/": reply(PAGE)}) as local:
        client = local.client()
        assert client.barred(local.url()) is None
        for url in ("http://127.0.0.1:1/", "ftp://a.example/", "http://10.0.0.1/"):
            refusal = client.barred(url)
            assert refusal is not None
            assert refusal[0] == "refused"
    assert local.asked == []
