"""Stage A as a whole: who was asked about a page, and the same page from the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from archiver.extract import scorecard
from archiver.extract.scorecard import DOUBT, doubt
from archiver.model import Page
from tests.extract.laid import page

TITLE = "Restored footbridge reopens over the river"
STORY = (
    "The wooden footbridge that links the market with the mill side of the river reopened on Wednesday morning, two winters after a fallen tree carried away its middle span.",
    "About two hundred people waited in light rain for the ribbon to be cut by the oldest of them, who remembers crossing the earlier bridge every day on her way to work.",
    "Carpenters from three villages rebuilt the span with oak felled in the valley, and pegged it together without a single bolt, as their grandfathers had done before them.",
    "The council published a short set of rules for the first months of use, which ask cyclists to dismount and to push their bicycles across the whole length of the bridge.",
    "School buses, which had been taking the long road through the upper village since the flood, return to their old way on Monday, half an hour shorter for most children.",
)
MENU = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in "Local Farming Schools Letters Sports".split())  # fmt: skip
MORE = "".join(f'<li><a href="/{n}">Another story of the valley, number {n}</a></li>' for n in range(6))  # fmt: skip
CLEAR = f"""<!doctype html><html lang=en><head><title>{TITLE}</title></head><body>
<header class=site-header><nav><ul>{MENU}</ul></nav></header>
<main><article class=post><h1 class=entry-title>{TITLE}</h1><div class=entry-content>
{"".join(f"<p>{text}</p>" for text in STORY)}</div></article></main>
<aside class=sidebar><h3>Related</h3><ul>{MORE}</ul></aside>
<footer class=site-footer><p>All rights reserved.</p></footer></body></html>"""

# A page of answers: short ones, each in a cell of its own, beside who gave them and links.
ANSWERS = "".join(
    f"<tr><td><a href=/u/{n}>user{n}</a><br>Posts: {n * 31}<br>Joined: 20{n:02d}</td>"
    f"<td>Re: footbridge<hr>{text[: 40 + 9 * n]}<br><br>--<br>cheers, user{n}</td>"
    f"<td><a href=/q/{n}>Quote</a> <a href=/r/{n}>Report</a></td></tr>"
    for n, text in enumerate(STORY * 3, 1)
)
UNCLEAR = f"""<!doctype html><html lang=en><head><title>footbridge - Board</title></head><body>
<table><tr><td><a href=/>Board</a></td><td><a href=/s>Search</a></td></tr></table>
<table>{ANSWERS}</table><table><tr><td>Powered by Board</td></tr></table></body></html>"""


def scored(one: Page) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([block.score for block in one.blocks])


def test_of_a_clear_page_the_slow_marker_is_not_asked() -> None:
    got = page(CLEAR)
    assert "trafilatura" not in got.asked
    assert doubt(got, scored(got)) <= DOUBT[got.asked[-1]] + 0.01, "scores are rounded"
    likely = {block.text for block in got.blocks if block.score > 1}
    assert set(STORY) <= likely <= {TITLE, *STORY}


def test_where_the_cheap_evidence_leaves_a_doubt_the_slow_marker_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next marker speaks as soon as the doubt is above the limit, and not before."""
    got = page(UNCLEAR)
    left, clear = (doubt(one, scored(one)) for one in (got, page(CLEAR)))
    assert left > clear
    for marker in DOUBT:
        monkeypatch.setitem(DOUBT, marker, (left + clear) / 2)
    assert page(UNCLEAR).asked == tuple(DOUBT)
    assert page(CLEAR).asked == ("json-ld",)


def test_of_a_page_of_very_many_blocks_no_slow_marker_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for marker in DOUBT:
        monkeypatch.setitem(DOUBT, marker, -1.0)
    got = page(UNCLEAR)
    monkeypatch.setattr(scorecard, "MOST_BLOCKS", len(got.blocks))
    assert page(UNCLEAR).asked == tuple(DOUBT)
    monkeypatch.setattr(scorecard, "MOST_BLOCKS", len(got.blocks) - 1)
    assert page(UNCLEAR).asked == ("json-ld",)


@pytest.mark.parametrize("html", [CLEAR, UNCLEAR], ids=["clear", "unclear"])
def test_the_blocks_bear_the_votes_and_the_score_of_the_scorecard(html: str) -> None:
    got = page(html)
    told = np.sum(list(scorecard.shipped().terms(got).values()), axis=0)
    assert scored(got) == pytest.approx(told, abs=0.006)
    assert {vote for block in got.blocks for vote in block.votes} <= set(got.asked)


@pytest.mark.parametrize("html", [CLEAR, UNCLEAR], ids=["clear", "unclear"])
def test_the_same_bytes_give_the_same_page(html: str) -> None:
    first = page(html)
    page("<p>Another page between them, which must leave nothing behind.</p>" * 9)
    assert page(html) == first


_CHILD = """
import json, sys
from tests.extract.laid import page
print([page(html) for html in json.load(sys.stdin)])
"""


def test_the_same_bytes_give_the_same_page_in_another_process() -> None:
    """Python orders its sets anew in each; a sum of floats in another order is another sum."""
    said = {
        subprocess.run(
            [sys.executable, "-c", _CHILD],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            input=json.dumps([CLEAR, UNCLEAR]),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{[page(html) for html in (CLEAR, UNCLEAR)]}\n"}


def test_a_page_of_plain_text_is_not_weighed() -> None:
    got = page("\n\n".join(STORY), "text/plain; charset=utf-8")
    assert got.asked == ()
    assert {block.score for block in got.blocks} == {0.0}


def test_a_page_whose_tree_is_not_built_is_not_weighed() -> None:
    got = page("<b>" * 30_000 + STORY[0] + "<p>" * 30_000)
    assert got.flags[:1] in {("flattened",), ("no-vote",)}
    assert got.asked == ()
    assert {block.score for block in got.blocks} == {0.0}


def test_a_page_of_thousands_of_blocks_is_weighed() -> None:
    """What compares every block with every other, or every line with every place, never ends."""
    many = "".join(f"<div class=c{n}><p>{STORY[n % 5]}</p><a href=/{n}>Next</a></div>" for n in range(1500))  # fmt: skip
    got = page(f"<!doctype html><title>{TITLE}</title><body>{many}")
    assert len(got.blocks) == 3000
    assert np.isfinite(scored(got)).all()
    assert got.asked[:1] == ("json-ld",)


@pytest.mark.parametrize("link", ["http:x.js", "https:", "//", "http://", "data:,x", "/themes/"])
def test_a_link_that_names_no_host_costs_no_page(link: str) -> None:
    assert page(CLEAR.replace("<title>", f"<script src='{link}'></script><title>")).asked
