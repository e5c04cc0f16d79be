"""Selectors over paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.clean import selectors
from tests.each import each

PATH = "/html/body/div[2]#page.site.has-x/main[role=main]/ul.share/li[3]"


@each(
    "selector",
    ["li", ".share", "ul.share", "#page", "div#page.site", "main > ul", "#page li", "body .share > li", "[role=main]", "[role~=main] li", "*.share", "[class*=shar]", "[class^=has]", "div[id^=pa]", "  .site   li ", "html"],
)  # fmt: skip
def test_an_element_or_one_around_it_is_named(selector: str) -> None:
    assert selectors.within((selector,), PATH)


@pytest.mark.parametrize(
    "selector",
    ["ol", ".shar", "main > li", "li .share", "#pag", "[role=menu]", "div.share", "body > ul", "[class^=as-x]"],
)  # fmt: skip
def test_another_element_is_not(selector: str) -> None:
    assert not selectors.within((selector,), PATH)


@each("selector", ["", " ", ">", "a >", "> a", "a > > b", "a:hover", "a + b", "a,b", "[x", "[data-x*=y]", "..a", "a..b", "क", "::before", "a[href='x y']"])  # fmt: skip
def test_what_is_not_understood_is_refused_with_a_reason(selector: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|no selector"):
        selectors.parse(selector)


@given(st.text(st.sampled_from("ab.#[]=>* /^~\"'1-_:"), max_size=20))
def test_any_text_parses_or_is_refused(selector: str) -> None:
    try:
        selectors.within((selector,), PATH)
    except ValueError:
        return


@given(st.text(max_size=30))
def test_any_path_has_steps(path: str) -> None:
    assert len(selectors.steps(path)) == path.count("/")
