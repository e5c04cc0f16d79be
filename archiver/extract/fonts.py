"""A page that names fonts older than Unicode: its HTML in, the same in Unicode out, if it is sure.

A font is a fact of the markup: of ``face``, of a style or a style sheet on the page, or of a class
that is called by it. What stands in such an element is converted (`archiver.text.legacy`) where all
of it together comes out well-formed, in a language of the font's script and with some of that
language's commonest words; else nothing is. The bytes of the page are in the archive as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.extract import bounds, language
from archiver.text import legacy, quality

# Two different ones of its language's commonest words, as Gopher's filter asks of a text. Sentences
# typed for six fonts had 2 to 11, English, code and names read as those fonts 1 at the most.
_COMMONEST = 2
_FAMILY = re.compile(r"(?:^|[;\s])font(-family)?\s*:\s*([^;]+)", re.IGNORECASE)
_SIZE = re.compile(r"^.*?\d(?:px|pt|em|rem|%)?(?:/\S+)?\s+")  # font: bold 12px/1.5 Name
_LONGEST = 300  # characters of a style; ``_SIZE`` takes the square of them
# Selectors that can be answered in one walk over the page, and how many of them are: pages that
# name such fonts have a few.
_SIMPLE = re.compile(r"[\w\s.#,>-]+")
_MOST_RULES = 20
_UNSHOWN = frozenset({"script", "style", "title", "textarea", "noscript", "template"})
_BETWEEN = "\u2029"  # Unicode's paragraph separator, which HTML has no use for
# Letters of another script than Latin: such text is Unicode already, whatever its font is called.
_UNICODE = re.compile("[\u0370-\u1dff\u2c00-\uffff]")


def _named(families: str) -> str:
    """The first of some font families; the others are for readers who lack it."""
    return legacy.font_of(families.partition(",")[0].strip().strip("\"'"))


def _styled(style: str) -> str | None:
    """The font of ours that a style asks for, empty for another, None where it asks for none."""
    found = _FAMILY.findall(style[:_LONGEST])
    if not found:
        return None
    family, value = found[-1]
    return _named(value if family else _SIZE.sub("", value.strip()))


def _rules(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """The selectors of the page's own style sheets that give elements a font, with the font."""
    for sheet in tree.css("style"):
        first, *others = (sheet.text() or "").split("/*")
        for rule in "".join([first, *(part.partition("*/")[2] for part in others)]).split("}"):
            selectors, _, style = rule.rpartition("{")
            if (font := _styled(style)) is not None and _SIMPLE.fullmatch(selectors):
                yield selectors.strip(), font


def _by_sheets(tree: LexborHTMLParser) -> dict[int, str]:
    """The font that the page's own style sheets give to elements, by the elements' ids."""
    given: dict[int, str] = {}
    for selectors, font in islice(_rules(tree), _MOST_RULES):
        with suppress(ValueError):  # a selector that selectolax does not read
            given.update((node.mem_id, font) for node in tree.css(selectors))
    return given


def _own(node: LexborNode, sheets: dict[int, str]) -> str | None:
    """The font that an element asks for itself; None where it has its parent's."""
    attributes = node.attributes
    if (font := _styled(attributes.get("style") or "")) is not None:
        return font
    if face := attributes.get("face"):
        return _named(face)
    if node.mem_id in sheets:
        return sheets[node.mem_id]
    classes = (attributes.get("class") or "").split()
    return next((font for name in classes if (font := legacy.font_of(name))), None)


def _runs(tree: LexborHTMLParser) -> Iterator[tuple[str, LexborNode]]:
    """Each text in an element that a font of ours draws, with the font."""
    sheets = _by_sheets(tree)
    drawn: dict[int, str] = {}
    for node in tree.root.traverse(include_text=True) if tree.root is not None else ():
        above = drawn.get(node.parent.mem_id, "") if node.parent is not None else ""
        if node.tag != "-text":
            font = "" if node.tag in _UNSHOWN else _own(node, sheets)
            drawn[node.mem_id] = above if font is None else font
        elif above and not _UNICODE.search(node.text_content or ""):
            yield above, node


def _sure(text: str, script: str) -> bool:
    """Whether a text is of a language that is written in `script`, and has its commonest words."""
    told = language.identify(language.sample([text]))
    if told.script != script or told.language == language.UNKNOWN:
        return False
    return (quality.signals(text, told.language, ()).stop_words or 0) >= _COMMONEST


def converted(html: str) -> tuple[str, tuple[str, ...]]:
    """The page with what it has in letters of a font in Unicode, and the fonts, by their names.

    The page as it was and no font where it names none that is known, or nothing of it is sure.
    """
    parsed = bounds.parse(html)
    if parsed is None:
        return html, ()
    tree = parsed.tree
    by_font: dict[str, list[LexborNode]] = {}
    for font, node in _runs(tree):
        by_font.setdefault(font, []).append(node)
    done = []
    for font, nodes in by_font.items():
        texts = [(node.text_content or "").replace(_BETWEEN, " ") for node in nodes]
        text = legacy.convert(_BETWEEN.join(texts), font)
        if text is None or not _sure(text.replace(_BETWEEN, "\n"), legacy.script_of(font)):
            continue
        for node, instead in zip(nodes, text.split(_BETWEEN), strict=True):
            node.replace_with(instead)
        done.append(font)
    return (tree.html or html, tuple(sorted(done))) if done else (html, ())
