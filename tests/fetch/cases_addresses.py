"""Destinations: every spelling of a host that means one of IANA's special addresses, and public ones.

Names are resolved by the test's own table: what a resolver would answer is a part of the case.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

# One number at least of each block of IANA's special-purpose registry and of clouds' metadata.
SPECIAL_4 = (
    "0.0.0.0 0.0.0.1 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 "
    "127.0.1.1 127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 "
    "172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 "
    "192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 "
    "224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255"
).split()
SPECIAL_6 = (
    ":: ::1 ::2 100::1 64:ff9b:1::1 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002::1 "
    "2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 ff00::1 "
    "ff02::1 ff05::1:3 ffff::1 4000::1"
).split()
PUBLIC_4 = (
    "1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 "
    "169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1 "
    "198.17.255.255 198.20.0.1 203.0.112.1 203.0.114.1 223.255.255.255"
).split()
PUBLIC_6 = (
    "2606:4700:4700::1111 2a00:1450:4001::1 2400:cb00::1 2001:4860:4860::8888 2600::1".split()
)


def wrapped(address: str) -> list[str]:
    """The IPv6 addresses that carry an IPv4 one: mapped, compatible, NAT64, 6to4, Teredo, SIIT."""
    number = int(IPv4Address(address))
    return [
        str(IPv6Address((0xFFFF << 32) | number)),
        str(IPv6Address(number)) if number > 0xFFFF else "::1",
        str(IPv6Address((0x64FF9B << 96) | number)),
        str(IPv6Address((0x2002 << 112) | (number << 80) | 1)),
        str(IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))),
        str(IPv6Address((0xFFFF << 48) | number)),
    ]


def spelled(address: str) -> list[str]:
    """An IPv4 number as hosts of URLs may write it (WHATWG URL, 3.5: the IPv4 parser)."""
    one, two, three, four = (int(part) for part in address.split("."))
    number = int(IPv4Address(address))
    return [
        str(number),
        hex(number),
        f"0{number:o}",
        f"{one}.{number & 0xFFFFFF}",
        f"{one}.{two}.{number & 0xFFFF}",
        f"0x{one:x}.0x{two:x}.0x{three:x}.0x{four:x}",
        f"0{one:o}.0{two:o}.0{three:o}.0{four:o}",
        f"{address}.",
        address.translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
        address.replace(".", "。"),
        "".join(f"%{ord(character):02x}" for character in address),
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
    ]


_SPELLED = "127.0.0.1 10.1.2.3 169.254.169.254 192.168.1.1 172.16.0.1 100.64.0.1".split()
# The host of a URL, and whether it may be connected to, where it is a number.
HOSTS: list[tuple[str, bool]] = [
    *[(host, False) for address in _SPELLED for host in spelled(address)],
    *[(host, True) for host in spelled("8.8.8.8") if host != "[::8.8.8.8]"],
    *[(f"[{address}]", False) for address in SPECIAL_6],
    *[(f"[{address}]", True) for address in PUBLIC_6],
    ("0", False),
    ("0x", False),
    ("127.1", False),
    ("[0:0:0:0:0:ffff:7f00:1]", False),
    ("[0000:0000:0000:0000:0000:0000:0000:0001]", False),
]
ADDRESSES: list[tuple[str, bool]] = [
    *[(address, False) for address in (*SPECIAL_4, *SPECIAL_6)],
    *[(address, True) for address in (*PUBLIC_4, *PUBLIC_6)],
    *[(form, False) for address in _SPELLED for form in wrapped(address)],
    *[(f"{address}%eth0", False) for address in ("fe80::1", "2606:4700::1", "::1")],
]
# What is no written-out number is no address, whatever it might resolve to.
NO_ADDRESSES = (
    "localhost LOCALHOST localhost. ip6-localhost metadata.google.internal 127.1 0x7f.0.0.1 "
    "2130706433 0177.0.0.1 127.0.0.01 1.2.3 1.2.3.4.5 256.1.1.1 [::1] ::1] ::1/128 10.0.0.0/8 "
    "1.1.1.1:80 １.1.1.1 -1 % :: ::1%"
).split()
