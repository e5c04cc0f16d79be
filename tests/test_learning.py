"""Learning the scorecard: what the gold says of the blocks, and points from that."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Block, Metadata, Page
from archiver.text import normal
from benchmarks.scorecard import boost, by_segments, fold, in_gold, weights
from tests.strategies import texts

PROSE = "The wooden footbridge over the river was opened again on Wednesday morning."
RAIN = "About two hundred people waited in light rain for the ribbon to be cut by the oldest."


def blocks(*said: str) -> list[Block]:
    return [Block(f"/html/body/p[{n}]", text) for n, text in enumerate(said, 1)]


def test_blocks_that_stand_in_the_gold_in_order_are_the_article() -> None:
    told = in_gold(blocks("Rain", PROSE, "Sport", RAIN), f"{PROSE}\n\n{RAIN}")
    assert told.tolist() == [0, 1, 0, 1]


def test_of_a_line_that_stands_twice_the_one_beside_its_neighbours_is_the_golds() -> None:
    told = in_gold(blocks("A bridge", PROSE, "A bridge", RAIN), f"{PROSE}\nA bridge\n{RAIN}")
    assert told.tolist() == [0, 1, 1, 1]


def test_of_two_copies_the_one_that_is_seen_is_the_golds() -> None:
    folded = Block("/html/body/div", PROSE, hidden=True)
    assert in_gold([folded, *blocks(PROSE)], PROSE).tolist() == [0, 1]


def test_a_long_block_of_which_the_gold_has_most_counts() -> None:
    assert in_gold(blocks(f"By our desk: {RAIN}"), f"{PROSE} {RAIN}").tolist() == [1]


@given(st.lists(texts.map(normal.collapse).filter(bool), max_size=6), texts)
def test_any_gold_says_yes_or_no_of_every_block(said: list[str], gold: str) -> None:
    told = in_gold(blocks(*said), gold)
    assert told.shape == (len(said),)
    assert set(told.tolist()) <= {0.0, 1.0}


def test_segments_say_something_of_their_own_blocks_only() -> None:
    told = by_segments(blocks(PROSE, "Share this", RAIN), ["footbridge over"], ["Share"])
    assert told[:2].tolist() == [1, 0]
    assert np.isnan(told[2])


def test_headlines_captions_and_the_unknown_weigh_nothing() -> None:
    told = [
        Block("/html/body/h1", "A bridge"),
        Block("/html/body/figure/figcaption", RAIN),
        Block("/html/body/p", PROSE),
        Block("/html/body/p[2]", RAIN),
    ]
    page = Page(
        url="https://news.example/a",
        media_type="text/html",
        blocks=tuple(told),
        metadata=Metadata(title="A Bridge"),
    )
    weight = weights(page, np.array([1.0, 1.0, 1.0, np.nan]), "fundus")
    assert weight[[0, 1, 3]].tolist() == [0, 0, 0]
    assert weight[2] > 0


def test_points_follow_what_parts_the_article_from_the_rest() -> None:
    """A number that tells all gets the points; one that tells nothing gets few."""
    draw = np.random.default_rng(7)
    truth = (draw.random(600) < 0.4).astype(float)
    table = {"telling": truth * 2 + draw.random(600), "noise": draw.random(600)}
    card = boost(table, truth, np.ones(600), np.arange(600) // 6)
    telling = card["numbers"]["telling"]["points"]
    assert telling[-1] - telling[0] > 3
    noise = card["numbers"].get("noise", {"points": [0.0]})["points"]
    assert max(noise) - min(noise) < telling[-1] - telling[0]
    assert card == boost(table, truth, np.ones(600), np.arange(600) // 6), "the same every time"


def test_all_pages_of_a_site_are_in_one_part() -> None:
    assert fold("news.example") == fold("news.example")
    assert {fold(f"site{n}.example") for n in range(99)} == {0, 1, 2, 3}
