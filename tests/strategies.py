"""Hypothesis strategies that several rooms share: text of our scripts, and tag soup."""

from __future__ import annotations

from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archiver.text import normal

# Consonants, vowel signs, viramas, nuktas, joiners, digits, stops and blanks: what breaks
# programs that think in Latin letters.
LETTERS = (
    "कखड़य़ािीुंः़्१২३ॐ"
    "বাংলাড়য়়্ৎ"
    "தமிழ்ெொசி"
    "ශ්රීලංකා"
    "کتابيىكةهۀےاَ۔،؟۱۲"
    "aBéİßſﬁẞΣ"
    "\u200c\u200d\u200b\u00ad\u00a0\u2028\ufeff\u0301\u0338"
    " \t\n\r\f.,!?।॥|:-—’“”()[]{}<>&;/*•»"
    "0123456789"
)
script_text = st.text(st.sampled_from(LETTERS), max_size=60)
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
texts = script_text | any_text

_TAGS = (
    "p div span b strong a i em br hr h1 h2 li ul table tr td pre figure figcaption article main "
    "section aside nav footer script style noscript template svg textarea button form label "
    "font title body html time ruby rt blockquote custom-element"
).split()
_ATTRIBUTES = (
    ' class="share-title"',
    ' id="comments"',
    ' class="entry-content a b"',
    ' href="/x"',
    " hidden",
    ' style="display: none"',
    " itemprop=articleBody",
    ' class="क ख"',
    ' title="<p>&amp;\u200d"',
    "",
    "",
)
_opening = st.builds("<{}{}>".format, st.sampled_from(_TAGS), st.sampled_from(_ATTRIBUTES))
_closing = st.builds("</{}>".format, st.sampled_from(_TAGS))
_odd = st.sampled_from(
    [
        "&amp;", "&#0;", "&#x200d;", "&zwnj;", "&nbsp;", "&#xd800;", "&bogus;", "&lt;p&gt;",
        "<!-- x -->", "<!--", "<![CDATA[x]]>", "<?xml version='1.0' encoding='utf-16'?>", "<!doctype html>",
        "<", ">", "</", "<p", '<a href="', "\x00", "\x01", "\x0b", "\x0c", "\x85", "\ufffe", "\U0010ffff",
        "Also Read: ", "Share This Article", "Leave a Reply", "Published: 14 November 2025",
        "यह भी पढ़ें: ", "আরও পড়ুন", "Reuters", "।एएनआई", "x" * 70 + ".", "बारिश हुई। " * 12,
    ]
)  # fmt: skip
soup = st.lists(_opening | _closing | _odd | texts, max_size=40).map("".join)

# Elements that show none of their text; by hand, so that the layout's own list is tested too.
_SILENT = (
    "script style template head noframes iframe object embed svg math canvas audio video "
    "textarea select datalist map area param source track colgroup rp"
).split()


def text_of(html: str) -> str:
    """The text that a browser may show of a page, as its skeleton; no layout is asked for."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(_SILENT, recursive=True)
    root = tree.root
    return normal.skeleton(normal.nfc(root.text(deep=True) if root is not None else ""))
