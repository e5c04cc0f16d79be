"""Shells that scripts fill, and pages that are none."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.fetch.shell import MAX_TEXT, shell

PROJECT = Path(__file__).parents[2]
PAGES = PROJECT.parent / "shared" / "pages"
SCRIPTS = (
    '<script src="/a.js"></script><script>boot()</script><script type="module" src="m.js"></script>'
)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ('<div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript><script src="/static/js/main.js"></script>', 'an empty <div id="root">'),
        ('<div id="__next"></div><script src="/_next/x.js"></script>', 'an empty <div id="__next">'),
        ('<div id="app"> <!-- built files --> </div><script type="module" src="/app.js"></script>', 'an empty <div id="app">'),
        ("<app-root></app-root><script src='runtime.js'></script>", "an empty <app-root>"),
        ('<div id="root"><div class="spinner"><svg><title>Loading</title></svg></div></div><script src="/x.js"></script>', 'an empty <div id="root">'),
        ("<p>Loading …</p><noscript>कृपया JavaScript चालू करें</noscript><script>go()</script>", "its <noscript> asks for JavaScript"),
        (f"<main><div></div></main>{SCRIPTS}", "3 scripts and 0 characters"),
    ],
)  # fmt: skip
def test_shells_are_known(page: str, why: str) -> None:
    assert shell(f"<!doctype html><html><head><title>News</title></head><body>{page}").startswith(
        why
    )


STORY = "<article><p>" + "The bridge over the river was opened again. " * 10 + "</p></article>"


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>Short.</p>",
        '<div id="root"></div>',  # no script fills it
        f"{STORY}{SCRIPTS}",
        f'<div id="__next">{STORY}</div>{SCRIPTS}<noscript>Enable JavaScript</noscript>',
        f'{STORY}<div id="app"></div>{SCRIPTS}',
        '<p>A short notice of forty-odd characters, and a picture counter.</p><script>count()</script><noscript><img src="/count.gif"></noscript>',
        f'<p>{"A note of some length. " * 5}</p><script type="application/ld+json">{{}}</script>' * 3,
    ],
)  # fmt: skip
def test_pages_with_text_are_none(page: str) -> None:
    assert shell(f"<!doctype html><html><body>{page}") == ""


@given(st.text("अआक ख।", min_size=MAX_TEXT * 3, max_size=MAX_TEXT * 4))
def test_a_paragraph_in_any_script_is_text(text: str) -> None:
    told = shell(f'<div id="root"></div>{SCRIPTS}<noscript>JavaScript</noscript><p>x{text}</p>')
    assert bool(told) == (len(" ".join(f"x{text}".split())) <= MAX_TEXT)


@pytest.mark.skipif(not PAGES.is_dir(), reason="the pages lie beside the project, not in it")
def test_no_saved_page_with_an_article_is_called_a_shell() -> None:
    for file in sorted(PAGES.glob("*/*.html.gz")):
        assert shell(gzip.decompress(file.read_bytes()).decode("utf-8", "replace")) == "", file.name
