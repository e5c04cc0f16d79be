"""Which addresses a crawler may connect to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.fetch import urls
from archiver.fetch.addresses import allowed, loopback
from tests.each import each
from tests.fetch.cases_addresses import ADDRESSES, HOSTS, NO_ADDRESSES

PRIVATE_4 = [
    "0.0.0.1",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PUBLIC_4 = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.15.0.1", "172.32.0.1", "223.255.255.255"]


@each("address", PRIVATE_4)
def test_special_numbers_are_refused_in_every_form(address: str) -> None:
    """A private IPv4 number is refused bare, mapped, compatible, by NAT64, 6to4 and Teredo."""
    number = int(IPv4Address(address))
    forms = [
        address,
        f"::ffff:{address}",
        f"::{address}",
        f"64:ff9b::{address}",
        str(IPv6Address((0x2002 << 112) | (number << 80))),
        str(IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))),
    ]
    assert [form for form in forms if allowed(form)] == []


@pytest.mark.parametrize("address", PUBLIC_4)
def test_public_numbers_are_allowed_mapped_and_by_nat64_too(address: str) -> None:
    """What is public as IPv4 stays so where IPv6 merely carries it."""
    assert allowed(address)
    assert allowed(f"::ffff:{address}")
    assert allowed(f"64:ff9b::{address}")


@each(
    "address",
    [
        "::",
        "::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "3fff::1",
        "64:ff9b:1::1",
        "100::1",
        "5f00::1",
    ],
)
def test_special_ipv6_is_refused(address: str) -> None:
    """Local, link-local, multicast, documentation and tunnel addresses are no public servers."""
    assert not allowed(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0x7f.1", "2130706433", "1.2.3", "[::1]"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Only a written-out number is looked at; anything else is no."""
    assert not allowed(text)
    assert not loopback(text)


@each(("address", "public"), ADDRESSES)
def test_the_registries_decide(address: str, *, public: bool) -> None:
    """One number of each of IANA's blocks, their neighbours, and what IPv6 wraps."""
    assert allowed(address) is public


@each(("host", "public"), HOSTS)
def test_no_spelling_of_a_host_hides_a_number(host: str, *, public: bool) -> None:
    """Decimal, octal, hexadecimal, short, wide digits, escapes: the URL's parser reads them all."""
    assert allowed(urls.split(f"http://{host}/").host) is public


@each("text", NO_ADDRESSES)
def test_names_and_halves_of_numbers_are_no_addresses(text: str) -> None:
    """They are for a resolver, whose answer is looked at."""
    assert not allowed(text)


def test_loopback_is_this_machine_only() -> None:
    """127/8 and ::1 are; the private networks are not."""
    assert [loopback(each) for each in ("127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "::2")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@given(st.ip_addresses())
def test_nothing_that_python_calls_special_is_allowed(
    address: IPv4Address | IPv6Address,
) -> None:
    """The list is never laxer than the standard library's view of what is special."""
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    carried = isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or str(address).startswith("64:ff9b::")
    )
    assert carried or not (special and allowed(str(address)))
