"""robots.txt cases, each from a sentence of RFC 9309 or of what its writers say of their files.

A case: what it shows, the file, the agent, the path asked for, whether it is allowed.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One question to a robots.txt."""

    what: str
    body: bytes
    agent: str
    path: str
    allowed: bool


def _cases(
    what: str, text: str | bytes, *answers: tuple[str, bool], agent: str = "newsbot"
) -> list[Case]:
    body = text.encode() if isinstance(text, str) else text
    return [Case(what, body, agent, path, allowed) for path, allowed in answers]


def _all(*rules: str) -> str:
    return "User-agent: *\n" + "".join(f"{rule}\n" for rule in rules)


_TWO = "User-agent: newsbot\nDisallow: /own\n\nUser-agent: *\nDisallow: /all\n"
_PAIR = (
    "User-agent: newsbot\nUser-agent: otherbot\nDisallow: /both\n\nUser-agent: third\nDisallow: /\n"
)
_ABC = ("Disallow: /a", "Allow: /a/b", "Disallow: /a/b/c")
_LONG = "/x/" + "a" * 20_000

CASES: list[Case] = [
    # 2.1, 2.2: the file and its lines
    *_cases("an empty file allows", "", ("/a", True)),
    *_cases("a file of comments allows", "# User-agent: *\n# Disallow: /\n", ("/a", True)),
    *_cases("no end of line at the end", "User-agent: *\nDisallow: /a", ("/a", False)),
    *_cases("CR", "User-agent: *\rDisallow: /a\r", ("/a", False)),
    *_cases("CRLF", "User-agent: *\r\nDisallow: /a\r\n", ("/a", False), ("/b", True)),
    *_cases("blanks around", " \tUser-agent \t:\t * \n  Disallow :  /a  \n", ("/a", False)),
    *_cases("no blanks at all", "user-agent:*\ndisallow:/a\n", ("/a", False)),
    *_cases("keys in capitals", "USER-AGENT: *\nDISALLOW: /a\nALLOW: /a/b\n", ("/a", False), ("/a/b", True)),
    *_cases("a comment behind a rule", _all("Disallow: /a # /b", "Disallow: /c#d"), ("/a", False), ("/b", True), ("/c", False)),
    *_cases("a comment behind an agent", "User-agent: newsbot # ours\nDisallow: /\n", ("/a", False)),
    *_cases("a byte order mark", b"\xef\xbb\xbfUser-agent: *\nDisallow: /a\n", ("/a", False)),
    *_cases("UTF-16 with its mark", "\ufeffUser-agent: *\nDisallow: /a\n".encode("utf-16-le"), ("/a", False), ("/b", True)),
    *_cases("NEL ends no line", "User-agent: *\n# x\u0085Disallow: /a\n", ("/a", True)),
    *_cases("binary noise between", b"\xff\xfe\x00\x01\nUser-agent: *\n\x80\x81\nDisallow: /a\n"[4:], ("/a", False)),
    *_cases("an HTML page in its place", "<!doctype html>\n<html><body>Disallow: nothing</body></html>", ("/a", True)),
    # 2.2.1: the User-agent line
    *_cases("the own group shuts out the one for all", _TWO, ("/own", False), ("/all", True)),
    *_cases("who is not named has the group for all", _TWO, ("/own", True), ("/all", False), agent="nobody"),
    *_cases("the order of groups is nothing", "User-agent: *\nDisallow: /\nUser-agent: newsbot\nAllow: /\n", ("/a", True)),
    *_cases("agents in any case", "User-Agent: NewsBot\nDisallow: /a\n", ("/a", False)),
    *_cases("our own name in any case", "User-Agent: newsbot\nDisallow: /a\n", ("/a", False), agent="NEWSBOT"),
    *_cases("a version behind the token", "User-agent: newsbot/2.1\nDisallow: /a\n", ("/a", False)),
    *_cases("words behind the token", "User-agent: newsbot of example\nDisallow: /a\n", ("/a", False)),
    *_cases("a whole header as agent", "User-agent: newsbot\nDisallow: /a\n", ("/a", False), agent="newsbot/1.0 (+https://example.org)"),
    *_cases("a token in a browser's header", "User-agent: newsbot\nDisallow: /a\nUser-agent: *\nDisallow: /b\n", ("/a", False), ("/b", True), agent="Mozilla/5.0 (compatible; newsbot/2.0; +https://example.org)"),
    *_cases("a token is no part of a word", "User-agent: bot\nDisallow: /\n", ("/a", True)),
    *_cases("a longer token is another", "User-agent: newsbots\nDisallow: /\n", ("/a", True)),
    *_cases("a token with an underscore", "User-agent: news_bot\nDisallow: /\n", ("/a", False), agent="news_bot"),
    *_cases("a general token is said to its kinds", "User-agent: newsbot\nDisallow: /a\n", ("/a", False), agent="newsbot-images"),
    *_cases("a special token goes first", "User-agent: newsbot\nDisallow: /a\nUser-agent: newsbot-images\nDisallow: /b\n", ("/a", True), ("/b", False), agent="newsbot-images"),
    *_cases("a special token is not ours", "User-agent: newsbot-images\nDisallow: /\n", ("/a", True)),
    *_cases("groups of one agent are one", "User-agent: newsbot\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: newsbot\nDisallow: /b\n", ("/a", False), ("/b", False), ("/c", True)),
    *_cases("groups for all are one", "User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: *\nDisallow: /b\n", ("/a", False), ("/b", False), ("/c", True)),
    *_cases("agents in a row share", _PAIR, ("/both", False), ("/c", True)),
    *_cases("agents in a row share", _PAIR, ("/both", False), ("/c", True), agent="otherbot"),
    *_cases("agents in a row share", _PAIR, ("/c", False), agent="third"),
    *_cases("blank lines end no row", "User-agent: newsbot\n\n\nUser-agent: x\n\nDisallow: /a\n", ("/a", False)),
    *_cases("nobody is named", "User-agent:\nDisallow: /\n", ("/a", True)),
    *_cases("an agent without a rule shares the next", "User-agent: newsbot\nUser-agent: *\nDisallow: /a\n", ("/a", False)),
    *_cases("rules before any agent are said to nobody", "Disallow: /\nUser-agent: *\nDisallow: /a\n", ("/b", True), ("/a", False)),
    *_cases("a star with a comment", "User-agent: * # all\nDisallow: /a\n", ("/a", False)),
    *_cases("a star behind a token", "User-agent: newsbot*\nDisallow: /a\n", ("/a", False)),
    *_cases("other groups only", "User-agent: badbot\nDisallow: /\n", ("/a", True)),
    # 2.2.2: rules
    *_cases("all is forbidden", _all("Disallow: /"), ("/", False), ("/a?b", False), ("", False)),
    *_cases("an empty Disallow forbids nothing", _all("Disallow:"), ("/", True), ("/a", True)),
    *_cases("an empty Disallow takes nothing back", _all("Disallow: /a", "Disallow:"), ("/a", False)),
    *_cases("an empty Allow allows nothing", _all("Allow:", "Disallow: /a"), ("/a", False)),
    *_cases("an empty rule ends the row of agents", "User-agent: newsbot\nDisallow:\nUser-agent: *\nDisallow: /\n", ("/a", True)),
    *_cases("a prefix", _all("Disallow: /fish"), ("/fish", False), ("/fishing", False), ("/fish/1?x", False), ("/Fish", True), ("/a/fish", True)),
    *_cases("a folder", _all("Disallow: /fish/"), ("/fish", True), ("/fish/", False), ("/fish/1", False)),
    *_cases("the longest match decides", _all(*_ABC), ("/a/x", False), ("/a/b/x", True), ("/a/b/c/x", False)),
    *_cases("whatever the order", _all(*reversed(_ABC)), ("/a/x", False), ("/a/b/x", True), ("/a/b/c/x", False)),
    *_cases("allow wins a tie", _all("Disallow: /a", "Allow: /a"), ("/a", True)),
    *_cases("allow wins a tie", _all("Allow: /", "Disallow: /"), ("/a", True)),
    *_cases("the query is matched", _all("Disallow: /a?b"), ("/a?b=1", False), ("/a?c", True), ("/a", True)),
    *_cases("the fragment is not", _all("Disallow: /a"), ("/b#/a", True), ("/a#b", False)),
    *_cases("parameters are matched", _all("Disallow: /a;b"), ("/a;b=1", False), ("/a", True)),
    *_cases("a rule without a slash fits no path", _all("Disallow: a"), ("/a", True), ("/ba", True)),
    *_cases("doubled slashes are another path", _all("Disallow: /a/b"), ("/a//b", True), ("//a/b", True)),
    *_cases("robots.txt itself is never forbidden", _all("Disallow: /"), ("/robots.txt", True), ("/robots.txt.bak", False)),
    *_cases("signs count as one octet", _all("Disallow: /wiki/", "Allow: /*?p="), ("/wiki/?p=1", False), ("/x?p=1", True)),
    *_cases("signs count as one octet", _all("Disallow: /search/private", "Allow: /*?q=*&x="), ("/search/private?q=1&x=2", False)),
    *_cases("signs count as one octet", _all("Allow: /blog/", "Disallow: /*?s="), ("/blog/?s=1", True), ("/b/?s=1", False)),
    *_cases("raw letters count as their escapes", _all("Disallow: /ख", "Allow: /????????"), ("/ख", False)),
    *_cases("raw letters count as their escapes", _all("Disallow: /%E0%A4%96", "Allow: /ख"), ("/ख", True)),
    # 2.2.2: octets and escapes
    *_cases("an escaped question mark begins no query", _all("Disallow: /a%3Fb"), ("/a?b", True), ("/a%3fb", False)),
    *_cases("a question mark is no escaped one", _all("Disallow: /a?b"), ("/a%3Fb", True), ("/a?b", False)),
    *_cases("a second question mark", _all("Disallow: /*?p="), ("/a?x?p=1", False)),
    *_cases("an escaped one in a query", _all("Disallow: /*%3F"), ("/a?u=/b%3Fc", False), ("/a?u", True)),
    *_cases("raw in the file", _all("Disallow: /खेल"), ("/%E0%A4%96%E0%A5%87%E0%A4%B2/1", False), ("/खेल", False), ("/खे", True)),
    *_cases("escaped in the file", _all("Disallow: /%e0%a4%96%e0%a5%87%e0%a4%b2"), ("/%E0%A4%96%E0%A5%87%E0%A4%B2", False), ("/खेल", False)),
    *_cases("an escaped letter is the letter", _all("Disallow: /foo/%62%61%7A"), ("/foo/baz", False), ("/foo/%62az", False)),
    *_cases("an escaped letter in the URL", _all("Disallow: /foo/baz"), ("/foo/b%61z", False), ("/%66oo/baz", False)),
    *_cases("reserved ones either way", _all("Disallow: /a?b=https://c.d"), ("/a?b=https%3A%2F%2Fc.d", False), ("/a?b=https://c.d", False)),
    *_cases("an escaped slash is none", _all("Disallow: /a%2Fb"), ("/a/b", True), ("/a%2fb", False)),
    *_cases("a slash is no escaped one", _all("Disallow: /a/b"), ("/a%2Fb", True)),
    *_cases("the tilde", _all("Disallow: /%7ejoe/"), ("/~joe/a", False), ("/%7Ejoe/a", False)),
    *_cases("a lone percent sign", _all("Disallow: /100%"), ("/100%", False), ("/100%25", False), ("/100", True)),
    *_cases("octets that are no UTF-8", b"User-agent: *\nDisallow: /caf\xe9\n", ("/caf%E9", False), ("/caf%C3%A9", True)),
    *_cases("a blank within", _all("Disallow: /a b"), ("/a%20b", False), ("/a", True)),
    # 2.2.3: stars and the end
    *_cases("a star is anything", _all("Disallow: /*.php"), ("/a.php", False), ("/a/b.php?c", False), ("/a.PHP", True), ("/", True)),
    *_cases("a star is nothing too", _all("Disallow: /a*b"), ("/ab", False), ("/a/x/b/c", False), ("/a", True)),
    *_cases("a star at the end adds nothing", _all("Disallow: /a*"), ("/a", False), ("/ab", False), ("/b", True)),
    *_cases("a dollar is the end", _all("Disallow: /a$"), ("/a", False), ("/ab", True), ("/a?b", True)),
    *_cases("a star and a dollar", _all("Disallow: /*.php$"), ("/a.php", False), ("/a.php?b", True), ("/a.php/", True), ("/a.php.php", False)),
    *_cases("the start page alone", _all("Disallow: /", "Allow: /$"), ("/", True), ("/a", False), ("/?a", False)),
    *_cases("a dollar within is itself", _all("Disallow: /a$b"), ("/a$b", False), ("/a", True)),
    *_cases("an escaped star is itself", _all("Disallow: /a-%2A.html"), ("/a-*.html", False), ("/a-b.html", True)),
    *_cases("an escaped dollar is itself", _all("Disallow: /a-%24"), ("/a-$", False), ("/a-", True), ("/a-$b", False)),
    *_cases("stars count as octets", _all("Allow: /page", "Disallow: /*.htm"), ("/page.htm", False), ("/page", True)),
    *_cases("the longer with a star", _all("Allow: /folder", "Disallow: /f*"), ("/folder/a", True), ("/f", False)),
    *_cases("a leading star", _all("Disallow: *.pdf"), ("/a/b.pdf", False), ("/a", True)),
    *_cases("two stars", _all("Disallow: /**/x"), ("/a/x", False), ("/x", True)),
    *_cases("parts may not overlap", _all("Disallow: /a*aba$"), ("/aba", True), ("/axaba", False)),
    *_cases("a hundred stars", _all("Disallow: /" + "*a" * 100 + "b"), ("/" + "a" * 2000, True), ("/" + "a" * 100 + "b", False)),
    # 2.2.4: other records
    *_cases("Sitemap ends no row of agents", "User-agent: newsbot\nSitemap: https://n.example/s.xml\nUser-agent: x\nDisallow: /\n", ("/a", False)),
    *_cases("Sitemap ends no group", _all("Sitemap: https://n.example/s.xml", "Disallow: /a"), ("/a", False)),
    *_cases("an unknown record ends no row of agents", "User-agent: newsbot\nColour: red\nUser-agent: x\nDisallow: /\n", ("/a", False)),
    *_cases("an unknown record ends no group", _all("Disallow: /a", "Clean-param: s /x", "Host: n.example", "Disallow: /b"), ("/a", False), ("/b", False)),
    *_cases("a Crawl-delay is said to somebody", "User-agent: *\nCrawl-delay: 9\nUser-agent: badbot\nDisallow: /\n", ("/a", True)),
    *_cases("a Noindex record is none of ours", _all("Noindex: /a"), ("/a", True)),
    # 2.2, 2.5: limits
    *_cases("what stands behind 500 KiB", _all("Disallow: /a", *["#" * 99] * 5200, "Disallow: /b"), ("/a", False), ("/b", True)),
    *_cases("a rule longer than a line may be", _all(f"Disallow: {_LONG}/end"), (_LONG, False), ("/x/", True)),
    # Faults that many files have
    *_cases("no hyphen", "Useragent: *\nDisallow: /a\n", ("/a", False)),
    *_cases("a blank for the hyphen", "User agent: *\nDisallow: /a\n", ("/a", False)),
    *_cases("no colons", "User-agent newsbot\nDisallow /a\n", ("/a", False), ("/b", True)),
    *[case for typo in ("Dissallow", "Dissalow", "Disalow", "Diasllow", "Disallaw") for case in _cases(f"typed {typo}", _all(f"{typo}: /a"), ("/a", False))],
    *_cases("another word is no rule", _all("Disallowed: /a", "Deny: /b", "Disallow-all: /c"), ("/a", True), ("/b", True), ("/c", True)),
    *_cases("an index page is its folder", _all("Disallow: /", "Allow: /f/index.html"), ("/f/", True), ("/f/index.html", True), ("/f/a", False), ("/", False)),
    *_cases("though not to forbid", _all("Disallow: /f/index.html"), ("/f/", True), ("/f/index.html", False)),
]  # fmt: skip

# What it shows, the file, the agent, the seconds.
DELAYS: list[tuple[str, str, str, float | None]] = [
    ("a number", _all("Crawl-delay: 5"), "newsbot", 5.0),
    ("a fraction", _all("Crawl-delay: 0.5"), "newsbot", 0.5),
    ("none", _all("Disallow: /"), "newsbot", None),
    ("with its unit", _all("Crawl-delay: 10 s"), "newsbot", 10.0),
    ("with its unit, no blank", _all("Crawl-delay: 10s"), "newsbot", 10.0),
    ("digits grouped", _all("Crawl-delay: 1_0"), "newsbot", None),
    ("too long for a number", _all("Crawl-delay: " + "9" * 400), "newsbot", None),
    ("a word", _all("Crawl-delay: soon"), "newsbot", None),
    ("a negative one", _all("Crawl-delay: -5"), "newsbot", None),
    ("an endless one", _all("Crawl-delay: inf"), "newsbot", None),
    ("no number", _all("Crawl-delay: nan"), "newsbot", None),
    ("of our own group", "User-agent: *\nCrawl-delay: 9\nUser-agent: newsbot\nCrawl-delay: 3\n", "newsbot", 3.0),
    ("of ours, which says none", "User-agent: *\nCrawl-delay: 9\nUser-agent: newsbot\nDisallow:\n", "newsbot", None),
    ("of others", "User-agent: *\nCrawl-delay: 9\nUser-agent: newsbot\nCrawl-delay: 3\n", "other", 9.0),
    ("a blank for the hyphen", _all("crawl delay: 2"), "newsbot", 2.0),
    ("a comment behind it", _all("Crawl-delay: 2 # seconds"), "newsbot", 2.0),
    ("before any agent", "Crawl-delay: 2\nUser-agent: *\nDisallow:\n", "newsbot", None),
]  # fmt: skip

# What it shows, the file, the sitemaps.
SITEMAPS: list[tuple[str, str, list[str]]] = [
    ("at the end", _all("Disallow: /", "Sitemap: https://n.example/s.xml"), ["https://n.example/s.xml"]),
    ("before all", "Sitemap: https://n.example/s.xml\nUser-agent: x\nDisallow: /\n", ["https://n.example/s.xml"]),
    ("several, in any case", "sitemap: /a.xml\nSITEMAP:/b.xml\nSitemaps: /c.xml\n", ["/a.xml", "/b.xml", "/c.xml"]),
    ("no colon", "Sitemap https://n.example/s.xml\n", ["https://n.example/s.xml"]),
    ("a comment behind it", "Sitemap: /a.xml # news\n", ["/a.xml"]),
    ("empty", "Sitemap:\n", []),
    ("in Hindi", "Sitemap: https://n.example/ख़बर.xml\n", ["https://n.example/ख़बर.xml"]),
]  # fmt: skip
