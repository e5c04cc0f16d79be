"""URLs: joined as browsers join them, and brought to one key a page.

In come URLs as text, out go URLs as text, always http or https. Never asks the network.
Parsing is ada's, which follows the WHATWG URL Standard to the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ada_url import URL

from archiver.errors import BadInput

DEFAULT_PORTS = {"http": 80, "https": 443}

# Parameters that say where a reader came from and never which page is meant: as documented by
# Google Analytics and Ads, Meta, Microsoft, Yandex, X, TikTok, LinkedIn, Mailchimp, HubSpot,
# Marketo, Omeda, Vero, Drip, Branch, Matomo, Piano (AT Internet), Adobe; the ones that Firefox
# and Brave strip are among them. A name that some site uses for content (ref, source, from, id)
# stays out: two keys for one page cost a request, one key for two pages loses a page.
_TRACKING_NAMES = """
    fbclid gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid msclkid yclid ysclid
    twclid ttclid li_fat_id igsh igshid mc_cid mc_eid mkt_tok oly_anon_id oly_enc_id vero_id
    vero_conv __s _hsenc _hsmi __hssc __hstc __hsfp hsctatracking _ga _gl _ke _kx
    _branch_match_id _branch_referrer epik rb_clickid s_cid s_kwcid ef_id wickedid wt_mc
    wt_zmc ml_subscriber ml_subscriber_hash bsft_clkid bsft_eid bsft_uid irclickid
    __twitter_impression guccounter guce_referrer guce_referrer_sig cmpid
    at_medium at_campaign at_campaign_type at_format at_ptr_name at_bbc_team
    pk_campaign pk_kwd pk_source pk_medium pk_content pk_cid
    """
TRACKING = frozenset(_TRACKING_NAMES.split())
TRACKING_PREFIXES = ("utm_", "mtm_", "piwik_", "matomo_", "hsa_", "at_link_")

# Sessions of PHP, Java and ASP written into the address, with a value as long as theirs are: a
# server that meets none begins one.
_SESSION = re.compile(
    r"(?:phpsessid|jsessionid|aspsessionid[a-z]*)=[0-9a-z.,!:_%-]{16,}", re.IGNORECASE
)
_SESSION_IN_PATH = re.compile(rf";{_SESSION.pattern}(?=[/;]|$)", re.IGNORECASE)

_UNRESERVED = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986, 2.3
)
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
_ROOT_DOT = re.compile(r"([^.])\.(?=:|$)")  # "news.example." and "news.example" are one name
_NOT_URI = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")  # outside pchar, "/" and "?"


@dataclass(frozen=True, slots=True)
class Parts:
    """An http(s) URL taken apart for a request. `host` has no brackets, `port` is never left out.

    `netloc` is the ``Host`` header: the port only where it is not the scheme's own.
    `endpoint` is ``host:port``, the port always. `target`, path and query, is what is asked for.
    """

    href: str
    scheme: str
    host: str
    port: int
    netloc: str
    endpoint: str
    target: str


def _parse(url: str, base: str | None = None) -> URL:
    try:
        parsed = URL(url, base)
    except (ValueError, UnicodeError):
        at = f" (found at {base})" if base else ""
        raise BadInput(f"{url[:300]!r} is not a URL{at}") from None
    if parsed.protocol not in {"http:", "https:"}:
        raise BadInput(f"{url[:300]!r} is not an http or https URL; nothing else is fetched")
    return parsed


def _plain(url: str) -> URL:
    parsed = _parse(url)
    if parsed.username or parsed.password:
        raise BadInput(f"{url[:300]!r} holds a user name or password; give it without")
    return parsed


def _port(parsed: URL) -> int:
    return int(parsed.port) if parsed.port else DEFAULT_PORTS[parsed.protocol[:-1]]


def join(base: str, ref: str) -> str:
    """Return the absolute URL that `ref` means on the page `base`.

    Raises BadInput where there is none, or one that is not http or https.

    >>> join("https://news.example/a/b", "../c?d#e")
    'https://news.example/c?d#e'
    """
    return _parse(ref, _parse(base).href).href


def split(url: str) -> Parts:
    """`url` taken apart for a request; BadInput if it is no http(s) URL or holds credentials."""
    parsed = _plain(url)
    return Parts(
        href=parsed.href.partition("#")[0],
        scheme=parsed.protocol[:-1],
        host=parsed.hostname.strip("[]"),
        port=_port(parsed),
        netloc=parsed.host,
        endpoint=f"{parsed.hostname}:{_port(parsed)}",
        target=parsed.pathname + parsed.search,
    )


def origin(url: str) -> str:
    """Scheme, host and port of `url`, the port always, no root's dot: what one pause belongs to.

    >>> origin("https://News.Example./a")
    'https://news.example:443'
    """
    parts = split(url)
    return f"{parts.scheme}://" + _ROOT_DOT.sub(r"\1", parts.endpoint)


def site(url: str) -> str:
    """Host of `url` in lower case, with the port where it is not the scheme's own.

    >>> site("http://News.Example:8080/a"), site("https://news.example:443/")
    ('news.example:8080', 'news.example')
    """
    return _plain(url).host


def bare(host: str) -> str:
    """A host without the ``www.`` that many sites have and have not."""
    return host.removeprefix("www.")


def _one_escape(hit: re.Match[str]) -> str:
    if hit[1] is None:
        return "%25"  # a lone percent sign; written out, or decoding beside it would make an escape
    byte = int(hit[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{byte:02X}"


def _escaped(text: str) -> str:
    """One spelling for every escape: RFC 3986, 6.2.2, and UTF-8 for what no URI may hold raw."""
    raw = _NOT_URI.sub(lambda hit: "".join(f"%{byte:02X}" for byte in hit[0].encode()), text)
    return _PERCENT.sub(_one_escape, raw)


def _tracks(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    tracking = name in TRACKING or name.startswith(TRACKING_PREFIXES)
    return tracking or _SESSION.fullmatch(pair) is not None


def _query(search: str) -> str:
    """Return the query without what only tracks, in its order, for that may mean something."""
    # A plus is a space to every form; the other way round a literal "%20" would change.
    pairs = _escaped(search.removeprefix("?").replace("+", "%20")).split("&")
    return "&".join(pair for pair in pairs if pair and not _tracks(pair))


def canonical(url: str) -> str:
    """Return the one key of the page that `url` means.

    Fragment, default port, a dot after the host, session ids and tracking parameters go; escapes
    get one spelling. Case of the path, order of the query, ``www.`` and the scheme stay: servers
    may tell them apart. Idempotent. Raises BadInput for what is no http(s) URL without credentials.

    >>> canonical("HTTP://News.Example:80/ख़बर?utm_source=x&b=2&a=%7e#top")
    'http://news.example/%E0%A4%96%E0%A4%BC%E0%A4%AC%E0%A4%B0?b=2&a=~'
    """
    parsed = _plain(url)
    host = _ROOT_DOT.sub(r"\1", parsed.host)
    query = _query(parsed.search)
    path = _SESSION_IN_PATH.sub("", _escaped(parsed.pathname))
    key = f"{parsed.protocol}//{host}{path}{'?' if query else ''}{query}"
    return _parse(key).href
