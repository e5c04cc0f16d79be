"""Which network addresses a crawler may connect to.

In comes one IP address as text, out goes yes or no. Never resolves a name, never opens a socket.
The lists are IANA's special-purpose registries (IPv4: RFC 6890 and successors; IPv6 likewise),
read as "not a public web server", and the clouds' metadata services outside those ranges.
`ipaddress.is_global` is not asked: its answers changed between Python versions, and it calls
multicast and the wrapped forms of private addresses global.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

_BLOCKED_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server, a public number that is none
        "169.254.0.0/16",  # link-local; 169.254.169.254 is the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; an IPv6-only network needs it for all of IPv4
_GLOBAL_6 = IPv6Network("2000::/3")  # all that IANA hands out; ULA, link-local, … lie outside
_BLOCKED_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address; retired by RFC 7526
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def _allowed_4(address: IPv4Address) -> bool:
    return not any(address in block for block in _BLOCKED_4)


def _allowed_6(address: IPv6Address) -> bool:
    if address in _MAPPED or address in _NAT64:
        return _allowed_4(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_6 and not any(address in block for block in _BLOCKED_6)


def allowed(address: str) -> bool:
    """Whether `address` is one of a public server; False too for what is no address.

    >>> allowed("93.184.215.14"), allowed("2606:2800:220:1::1")
    (True, True)
    >>> allowed("127.0.0.1"), allowed("169.254.169.254"), allowed("::ffff:10.0.0.1")
    (False, False, False)
    """
    try:
        number = ip_address(address)
    except ValueError:
        return False
    if isinstance(number, IPv4Address):
        return _allowed_4(number)
    # A scoped address (fe80::1%eth0) names an interface of this machine.
    return number.scope_id is None and _allowed_6(number)


def loopback(address: str) -> bool:
    """Whether `address` is this machine itself, which needs no contact to be told."""
    try:
        number = ip_address(address)
    except ValueError:
        return False
    return any(number in block for block in _LOOPBACK)
