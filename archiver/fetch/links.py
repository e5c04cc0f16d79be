"""Links of a page that lead on: the feeds of a site, the articles of a home or section page.

In come a page as text and its URL, out go `model.Found` values in the page's order, each URL once;
none of a page that is built to take long. Never asks the network; whether a URL is the site's own,
and what its robots.txt says, is for the caller. Common addresses of feeds are not guessed: a guess
is a request that nobody offered.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.errors import BadInput
from archiver.fetch import trees, urls
from archiver.model import Found
from archiver.text.normal import collapse

MAX_LINKS = 5000  # of one page; the home pages of papers have some hundred
MAX_TITLE = 500  # code points; more is no headline
_MAX_DEPTH = 200  # elements above a link that are looked at

# RSS 2.0, RFC 4287, JSON Feed 1.1, RSS 1.0: what autodiscovery writes into `type`.
FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
    }
)

_OTHER_FORMS = (
    'link[rel~="amphtml" i][href],'
    ' link[rel~="alternate" i][media^="only screen" i][href],'
    ' link[rel~="alternate" i][media="handheld" i][href]'
)
MAX_FORMS = 4  # one for AMP, one or two for small screens


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return (node and _joined(url, node.attributes.get("href"))) or url


def _joined(base: str, ref: str | None) -> str:
    try:
        joined = urls.join(base, (ref or "").strip())
        urls.split(joined)
    except BadInput:
        return ""  # mailto:, javascript:, a broken one: nothing that could be asked for
    return joined


def feeds(html: str, url: str) -> list[Found]:
    """Return the feeds that the link elements of a page name.

    >>> head = '<link rel="alternate" type="application/rss+xml" href="/rss" title="All">'
    >>> feeds(head, "https://news.example/")
    [Found(url='https://news.example/rss', kind='feed', date='', title='All')]
    """
    tree = trees.parse(html)
    if tree is None:
        return []
    base = _base(tree, url)
    found: dict[str, Found] = {}
    for node in tree.css('link[rel~="alternate" i][type][href]')[:MAX_LINKS]:
        kind = (node.attributes.get("type") or "").partition(";")[0].strip().lower()
        feed = _joined(base, node.attributes.get("href")) if kind in FEED_TYPES else ""
        if feed:
            title = collapse(node.attributes.get("title") or "")[:MAX_TITLE]
            found.setdefault(feed, Found(url=feed, kind="feed", title=title))
    return list(found.values())


def other_forms(html: str, url: str) -> list[str]:
    """Return the canonical URLs of the AMP and mobile forms that a page names as its own.

    As AMP's ``rel="amphtml"`` and Google's ``rel="alternate" media="only screen ..."`` have it.

    >>> other_forms('<link rel="amphtml" href="/a/amp">', "https://news.example/a")
    ['https://news.example/a/amp']
    """
    tree = trees.parse(html)
    if tree is None:
        return []
    base = _base(tree, url)
    found: dict[str, None] = {}
    for node in tree.css(_OTHER_FORMS)[:MAX_FORMS]:
        if form := _joined(base, node.attributes.get("href")):
            found[urls.canonical(form)] = None
    found.pop(urls.canonical(url), None)
    return list(found)


# What stands in these is the site's own furniture, whatever it links.
_FURNITURE = frozenset({"nav", "footer", "noscript", "form", "button", "template"})
_ROLES = frozenset(
    {"navigation", "contentinfo", "menu", "menubar", "menuitem", "search", "toolbar"}
)
# Words of a class or an id that say the same of an element: the parts between separators and
# capitals are compared, so that "newsMenu" is a menu and "document" is none.
_MENU_WORDS = frozenset(
    """nav navbar navigation menu submenu megamenu footer breadcrumb breadcrumbs pagination pager
    share sharing social login signin tags tagcloud byline""".split()
)
_MENU_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ABOVE_ALL = frozenset({"html", "body", "main", "article"})

# Steps of a path that lead to lists, people, forms and the house itself.
_LISTS = frozenset(
    """tag tags category categories cat author authors writer writers reporter byline contributor
    contributors profile profiles user users hashtag label search login signin sign-in
    sign-up signup register registration logout account my-account subscribe subscription
    subscriptions newsletter newsletters cart checkout wp-login.php wp-admin wp-content wp-json
    cdn-cgi about about-us aboutus contact contact-us contactus privacy privacy-policy terms
    terms-of-use terms-of-service terms-and-conditions cookie-policy cookies disclaimer advertise
    advertise-with-us advertising careers jobs sitemap sitemaps faq feed feeds rss amp epaper
    e-paper share print""".split()
)
_PAGE = re.compile(r"(?:page|pg|p)[-=]?\d{1,3}")
_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|pdf|docx?|xlsx?|pptx?|zip|rar|gz|apk|exe|mp[34]"
    r"|m4[av]|m3u8|mov|avi|webm|ogg|wav|css|js|json|xml|rss|atom|ics|txt)",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"[a-z][a-z0-9]{1,4}")
_PAGE_STEPS = frozenset({"page", "pages", "pg", "p"})
_SHORT_NUMBER = 4  # digits that no page of a list has
_YEAR = r"(?:19[89]|20[0-4])\d"
_DATED = re.compile(
    rf"/{_YEAR}/(?:0?[1-9]|1[0-2]|[a-z]{{3,9}})/"
    rf"|(?<!\d){_YEAR}(?P<by>[-_./]?)(?:0?[1-9]|1[0-2]|[a-z]{{3}})(?P=by)"
    rf"(?:[12]\d|3[01]|0?[1-9])(?!\d)"
)
_NUMBER = re.compile(r"\d{4,}")  # the number of an article in its site's own database
_KEY = re.compile(r"(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{8,}")  # "c5y3qv0d9k1o"
_QUERY_NUMBER = re.compile(
    r"(?:^|&)(?:[a-z_]{0,20}(?:id|no|p|news|story|article)=\w*\d{2}|[^&=]+=\d{4,}(?:&|$))"
)
# Searches and lists as WordPress and its like ask for them, and what leads out again.
_QUERY_LIST = re.compile(
    r"(?:^|&)(?:s|q|search|tag|cat|author|paged|page=\d|share|print|replytocom)(?:=|&|$|\b)"
    r"|=?https?(?::|%3a)"
)
# "cricket-world-cup" is a section as well; five words are a headline.
_SLUG_WORDS = 3
_SURE_SLUG_WORDS = 5
_SURE_SLUG_LETTERS = 20  # in a script that has no capitals, or is not split at hyphens
# Menus say it in three words, or in few letters where no space stands between words.
_HEADLINE_WORDS = 4
_SURE_HEADLINE_WORDS = 6
_SURE, _PERHAPS, _SILENT, _OTHER = 2, 1, 0, -1
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_UNSPACED_LETTERS = 3  # of these scripts make up for a word


def _says_menu(name: str | None) -> bool:
    parts = _MENU_PART.findall(name) if name else ()
    return any(part.lower() in _MENU_WORDS for part in parts)


def _is_furniture(node: LexborNode) -> bool:
    """Whether an element holds the site's own furniture, by its name, role, class or id."""
    if node.tag in _FURNITURE:
        return True
    if node.tag in _ABOVE_ALL:
        return False  # themes write the state of their menus upon these
    attributes = node.attributes
    if (attributes.get("role") or "").lower() in _ROLES:
        return True
    return _says_menu(attributes.get("class")) or _says_menu(attributes.get("id"))


class _Places:
    """Tells whether elements stand in furniture, and looks at each one once."""

    def __init__(self) -> None:
        self.known: dict[int, bool] = {}

    def in_furniture(self, node: LexborNode) -> bool:
        """Whether the element or one above it is furniture."""
        passed: list[int] = []
        at: LexborNode | None = node
        verdict = False
        while at is not None and at.tag and len(passed) < _MAX_DEPTH:
            if at.mem_id in self.known:
                verdict = self.known[at.mem_id]
                break
            passed.append(at.mem_id)
            if _is_furniture(at):
                verdict = True
                break
            at = at.parent
        self.known.update(dict.fromkeys(passed, verdict))
        return verdict


def _words(text: str) -> int:
    """How many words a link's text has, or would have in a script with spaces."""
    return max(len(text.split()), len(_UNSPACED.findall(text)) // _UNSPACED_LETTERS)


def _slug(step: str) -> tuple[int, int]:
    """Words and letters of a step of a path, as far as they are no numbers."""
    parts = [part for part in re.split(r"[-_+ ]+", step) if part and not part.isdecimal()]
    return len(parts), sum(map(len, parts))


def _extension(step: str) -> tuple[str, str]:
    """A step without its file extension, and that extension, empty where it has none."""
    stem, dot, end = step.rpartition(".")
    return (stem, f".{end}") if dot and _EXTENSION.fullmatch(end) else (step, "")


def _turns_pages(last: str, before: list[str]) -> bool:
    """Whether a path ends as the further pages of a list or of a long article do, or in a month."""
    if _PAGE.fullmatch(last):
        return True
    if not (last.isdecimal() and len(last) < _SHORT_NUMBER and before):
        return False
    above = before[-1]
    return above in _PAGE_STEPS or above.isdecimal() or _slug(above)[0] >= _SLUG_WORDS


def likeness(url: str) -> int:
    """How much a URL by itself looks like that of an article: 2 surely, 1 perhaps, 0 not by it.

    -1 where it looks like something else: the root, a list, a file, a form.

    >>> likeness("https://news.example/2025/11/20/bridge"), likeness("https://news.example/sport")
    (2, 0)
    >>> likeness("https://news.example/tag/bridges")
    -1
    """
    path, _, query = urls.split(url).target.lower().partition("?")
    steps = [unquote(step) for step in path.split("/") if step]
    numbered = bool(_QUERY_NUMBER.search(query))
    if _QUERY_LIST.search(query) or not (steps or numbered):
        return _OTHER
    stem, extension = _extension(steps[-1] if steps else "")
    before = steps[-3:-1]
    if _LISTS.intersection(steps) or _MEDIA.fullmatch(extension) or _turns_pages(stem, before):
        return _OTHER
    words, letters = max(map(_slug, [stem, *before]))
    numbered = numbered or any(_NUMBER.search(step) for step in steps[-2:])
    if (
        (bool(_DATED.search(f"{path}/")) and (numbered or letters > 0))
        or (numbered and words >= _SLUG_WORDS)
        or words >= _SURE_SLUG_WORDS
        or (letters >= _SURE_SLUG_LETTERS and not stem.isascii())
    ):
        return _SURE
    return _PERHAPS if numbered or words >= _SLUG_WORDS or _KEY.fullmatch(stem) else _SILENT


def _text(node: LexborNode) -> str:
    text = collapse(node.text(deep=True, separator=" "))
    if not text:
        image = node.css_first("img[alt]")
        text = collapse((image and image.attributes.get("alt")) or "")
    return text[:MAX_TITLE]


def articles(html: str, url: str) -> list[Found]:
    """Return the links of a home or section page that look like articles, with their texts.

    By the URL's path (a date, a number, the words of a headline), by the link's own text (as many
    words as a headline has) and by where it stands: in menus and footers both must be sure. URLs
    are canonical, and links to other sites are among them.

    >>> page = '<main><a href="/sport">Sport</a> <a href="/sport/12345">A bridge is open again</a>'
    >>> [(found.url, found.title) for found in articles(page, "https://news.example/")]
    [('https://news.example/sport/12345', 'A bridge is open again')]
    """
    tree = trees.parse(html)
    if tree is None:
        return []
    base = _base(tree, url)
    places = _Places()
    inside: dict[str, bool] = {}  # whether all links to it stand in furniture
    titles: dict[str, str] = {}
    for node in tree.css("a[href]")[:MAX_LINKS]:
        to = _joined(base, node.attributes.get("href"))
        if not to:
            continue
        to = urls.canonical(to)
        inside[to] = inside.get(to, True) and places.in_furniture(node)
        titles[to] = max(titles.get(to, ""), _text(node), key=len)
    titles.pop(urls.canonical(url), None)
    return [
        Found(url=to, title=title)
        for to, title in titles.items()
        if _is_article(likeness(to), _words(title), furniture=inside[to])
    ]


def _is_article(likely: int, words: int, *, furniture: bool) -> bool:
    """Whether URL, text and place together say article; one may be weak where others are sure."""
    if furniture:
        return likely == _SURE and words >= _HEADLINE_WORDS
    return (
        likely == _SURE
        or (likely == _PERHAPS and words >= _HEADLINE_WORDS)
        or (likely == _SILENT and words >= _SURE_HEADLINE_WORDS)
    )
