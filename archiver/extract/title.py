"""The headline: statements and headings in, the words that readers see as the title out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from archiver.extract.statements import Statements, squeezed, stated
from archiver.text import normal, scripts
from archiver.text.prose import words

# Between a headline and the site's name in <title>.
_SEPARATOR = re.compile(r"\s+[|–—-]\s+|\s*[|｜ㅣ]\s*|\s+[»«:·•]\s+")
# Some sites set no blanks about it; then only a name that is known ends there.
_TIGHT = re.compile(r"[-_|–—:：｜ㅣ»«·•]")
_SECTION = re.compile(r"[-_|][^\s\-_|]{1,8}$")
_LEADING_DATE = re.compile(r"^\d{1,2}\.\d{1,2}\.\d{4}\s*[-–|:]?\s+")
_MASTHEAD = re.compile(
    r"\b(?:site-?(?:title|name|logo)|logo|brand(?:ing)?|masthead|blog-?title)\b", re.IGNORECASE
)
_CUT = ("...", "…")
_LONGEST = 1000
_MOST_SUBHEADINGS = 40
_SPACELESS = frozenset({"Hani", "Jpan", "Hang", "Thai", "Mymr", "Khmr", "Laoo"})
_LIKE = 0.6  # most of the shorter, so that a reworded title for search engines fits


def _pieces(text: str) -> set[str]:
    """Words, and of letters written without spaces their pairs."""
    found = set(words(normal.key(text)))
    if text.isascii() or scripts.main(text) not in _SPACELESS:
        return found
    return {word[at : at + 2] for word in found for at in range(max(1, len(word) - 1))}


def likeness(left: str, right: str) -> float:
    """Share of the pieces of the shorter that the other has.

    >>> likeness("Old bridge opens", "Old bridge opens again"), likeness("Old bridge", "News")
    (1.0, 0.0)
    """
    return _share(_pieces(left), _pieces(right))


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def _without_known(title: str, page: Statements) -> str:
    """A title without its date in front and the name of the site at either end."""
    title = _LEADING_DATE.sub("", title) or title
    for cut in reversed(list(_TIGHT.finditer(title))):
        if page.is_site(title[cut.end() :].strip()):
            title = title[: cut.start()].strip() or title
            # "Headline-section-site", as Chinese and Korean pages have it.
            if page.script in {"Hani", "Hang", "Jpan"}:
                title = _SECTION.sub("", title) or title
            break
    first = _SEPARATOR.search(title)
    if first and page.is_site(title[: first.start()]):
        return title[first.end() :]
    return title


def _without_last(title: str, page: Statements) -> str:
    """A ``<title>`` without what stands behind its last separator, where that is the shorter."""
    cuts = list(_SEPARATOR.finditer(title))
    if not cuts:
        return title
    for cut in cuts:
        tail = title[cut.end() :]
        if any(likeness(tail, name) > 0.5 for name in page.site_names):  # noqa: PLR2004
            return title[: cut.start()]
    head, tail = title[: cuts[-1].start()], title[cuts[-1].end() :]
    return head if len(head) > len(tail) else title


def _is_masthead(heading: LexborNode) -> bool:
    """Whether a heading is the site's own: it links to the start page, or is marked as the name."""
    marks = " ".join(filter(None, (heading.attributes.get("class"), heading.attributes.get("id"))))
    if _MASTHEAD.search(marks):
        return True
    around = [heading.parent] if heading.parent is not None else []
    for link in (*around, *heading.css("a[href]")[:3]):
        href = (link.attributes.get("href") or "").strip() if link.tag == "a" else ""
        path = re.sub(r"^(?:https?:)?//[^/?#]*", "", href)
        if href and path in {"", "/", "./"} and (path != href or href in {"/", "./"}):
            return True
    return False


def _ends_a_part(heading: LexborNode, wanted: str) -> bool:
    """Whether an element inside the heading holds just these words: the title beside a kicker."""
    letters = squeezed(wanted)
    return any(
        squeezed(child.text(deep=True, separator=" ")) == letters
        for child in heading.css("*")[1:20]
    )


def _typed(shown: str, title: str) -> bool:
    """Whether what stands before the title in a heading ends with a slash or a colon set tight."""
    return re.search(r"(?:\S:|/)\W*$", shown[: max(0, len(shown) - len(title))]) is not None


def _agreed(heading: LexborNode, shown: str, said: Sequence[str]) -> str:
    """The title, where a heading and the statements are about the same.

    The heading is what readers see. Yet a kicker may stand in it before the title, a subtitle
    behind it, and its layout may have put blanks where the title has none.
    """
    letters = squeezed(shown)
    for title in said:
        same = squeezed(title)
        if "".join(title.split()).casefold() == "".join(shown.split()).casefold():
            return title if len(title) < len(shown) else shown
        if not same or same == letters or title.endswith(_CUT):
            continue
        # Such a kicker was typed as a part of the headline.
        kicker = letters.endswith(same) and len(words(title)) > 2 and not _typed(shown, title)  # noqa: PLR2004
        subtitle = letters.startswith(same) and _ends_a_part(heading, title)
        if kicker or subtitle:
            return title
    return shown


def _subheading(title: str, page: Statements) -> LexborNode | None:
    """The heading of a lower level that shows just the title."""
    letters = squeezed(title)
    for node in page.subheadings[:_MOST_SUBHEADINGS]:
        if letters and squeezed(normal.collapse(node.text(deep=True, separator=" "))) == letters:
            return node
    return None


def _shortest(said: Sequence[str]) -> str:
    """The first of the titles, or the one that it only adds the site's or a section's name to."""
    first = said[0]
    for title in said[1:]:
        rest = first[len(title) :].strip()
        if first.startswith(title) and _TIGHT.match(rest) and len(title) > len(rest):
            return title
    return first


def find(page: Statements) -> tuple[str | None, LexborNode | None]:
    """The title, and the heading that shows it.

    Sites in Indic scripts print a second headline in English for search engines: where one
    heading is in the text's script and another is not, the one that is counts.
    """
    own = [
        page.text("headline"),
        page.meta("og:title"),
        page.meta("twitter:title", "parsely-title", "sailthru.title", "dc.title", "headline"),
        *(stated(node.text(deep=True)) for node in page.items.get("headline", ())[:1]),
        page.document_title,
    ]
    said = [_without_known(title[:_LONGEST], page) for title in own if title]
    if page.document_title in said:  # nothing known was in it: a name that is not known may be
        guessed = _without_last(page.document_title, page)
        said = [guessed if title == page.document_title else title for title in said]
    if said and page.document_title and likeness(said[0], page.document_title) == 0:
        said = said[:-1]  # a <title> that shares no word with the headline names the site
    said = [title for title in dict.fromkeys(said) if title and not page.is_site(title)]
    headings = [
        (node, _without_known(text, page))
        for node, text in page.headings
        if not page.is_site(text) and not _is_masthead(node)
    ]
    native = [each for each in headings if scripts.main(each[1]) == page.script]
    if native and len(native) < len(headings):
        headings = native
        said = [title for title in said if scripts.main(title) == page.script]
        said = said or [native[0][1]]
    best: tuple[float, int] = (0.0, 0)
    chosen: tuple[LexborNode, str] | None = None
    titles = [(title, _pieces(title)) for title in said]
    for node, text in headings:
        shown = _pieces(text)
        # A site's name is a heading on many pages: it shares one word with every <title>.
        likest = max(
            (_share(shown, pieces) for title, pieces in titles if len(text) * 4 >= len(title)),
            default=0.0,
        )
        rank = (likest, min(len(text), 20))
        if likest >= _LIKE and rank > best:
            best, chosen = rank, (node, text)
    if chosen:
        return _agreed(*chosen, said), chosen[0]
    title = _shortest(said) if said else ""
    # A page that states only its site's name has its headline in the one heading, and it is the
    # longer of the two; where the heading is the site's name it is the shorter.
    if len(headings) == 1 and len(words(headings[0][1])) > len(words(title)):
        return headings[0][1], headings[0][0]
    if not title and own:
        title = next((_without_last(one, page) for one in own if one), "")
    return title or None, _subheading(title, page) or (
        headings[0][0] if len(headings) == 1 else None
    )
