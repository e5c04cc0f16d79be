"""A tree for lxml's users is the one that they would parse themselves."""

from __future__ import annotations

import htmldate.utils
import pytest
import trafilatura.utils
from hypothesis import example, given
from lxml import etree

from archiver.extract import dates, elements
from archiver.extract.markers import trafilatura as marker
from tests.strategies import soup

LIBRARIES = {
    "trafilatura": (trafilatura.utils, marker._PARSER),
    "htmldate": (htmldate.utils, dates._PARSER),
}
FORM = "<form><input name=a value=1><select><option>b</select><textarea>c</textarea></form>"
PAGES = [
    f"<!DOCTYPE html>\n<html><head><title>t</title></head><body><!-- c --><p>x</p>{FORM}</body></html>",
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x" />\n<html><body><p>x</p></body></html>',
    "<p>x</p>",
    "<p>x</p><p>y</p>",
]


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("page", PAGES)
def test_a_tree_is_the_librarys_own(name: str, page: str) -> None:
    library, parser = LIBRARIES[name]
    own = library.load_html(page)
    found = elements.tree(page, parser, library.is_dubious_html, library.repair_faulty_html)
    if own is None:
        assert found is None, "what the library refuses is left to it"
    else:
        assert found is not None
        assert etree.tostring(found) == etree.tostring(own)


@given(soup)
@example("<html/><body><p>x<p>y</body>")
def test_a_tree_of_any_soup_is_the_librarys_own_or_left_to_it(page: str) -> None:
    for library, parser in LIBRARIES.values():
        found = elements.tree(page, parser, library.is_dubious_html, library.repair_faulty_html)
        if found is not None:
            assert etree.tostring(found) == etree.tostring(library.load_html(page))


@pytest.mark.parametrize(
    "page", ["", " ", '<?xml version="1.0" encoding="utf-8"?><html><p>x</html>']
)
def test_what_does_not_parse_at_once_is_left_to_the_library(page: str) -> None:
    for library, parser in LIBRARIES.values():
        repair, doubt = library.repair_faulty_html, library.is_dubious_html
        assert elements.tree(page, parser, doubt, repair) is None


def test_every_element_is_of_one_class() -> None:
    library, parser = LIBRARIES["htmldate"]
    found = elements.tree(PAGES[0], parser, library.is_dubious_html, library.repair_faulty_html)
    assert found is not None
    assert {type(one).__name__ for one in found.iter()} == {"HtmlElement", "HtmlComment"}
