"""The scorecard: points that add up, a table that holds what it may, and the doubt in it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import scorecard
from archiver.extract.evidence import Evidence
from archiver.extract.markers.placing import Vote
from archiver.extract.scorecard import DOUBT, Card, Scorecard, doubt
from archiver.model import Block, Page
from benchmarks import gold

TABLE: dict[str, Any] = {
    "words": {"content": 1.5, "share": -2.0},
    "cards": {
        "json-ld": {
            "base": -1.0,
            "numbers": {
                "hidden": {"edges": [0.5], "points": [0.25, -4.0]},
                "words": {"edges": [-1.0, 1.0], "points": [-3.0, 0.0, 2.0]},
            },
        },
        "trafilatura": {
            "base": -2.0,
            "numbers": {"trafilatura": {"edges": [0.5], "points": [-1.0, 5.0]}},
        },
    },
}
BLOCKS = (
    Block("/html/body/div.content/p", "told"),
    Block("/html/body/div.share/p", "share"),
    Block("/html/body/div.other/p", "folded", hidden=True),
)
STAGES = tuple(DOUBT)


def page(*blocks: Block, asked: tuple[str, ...] = ()) -> Page:
    return Page(url="https://news.example/a", media_type="text/html", blocks=blocks, asked=asked)


def evidence(card: Scorecard, *markers: str) -> Evidence:
    """The evidence about `BLOCKS` after these markers chose the first of them."""
    found = Evidence(page(*BLOCKS), card.worth)
    for marker in markers:
        found.vote(marker, {0})
    return found


def test_points_of_all_numbers_and_the_base_add_up() -> None:
    card = Scorecard(TABLE)
    assert card.scores(evidence(card), "json-ld").tolist() == [1.25, -3.75, -5.0]


def test_each_stage_has_its_own_card() -> None:
    card = Scorecard(TABLE)
    assert card.scores(evidence(card, "trafilatura"), "trafilatura").tolist() == [3.0, -3.0, -3.0]


def test_every_term_is_told_by_its_name() -> None:
    terms = Scorecard(TABLE).terms(page(*BLOCKS, asked=("json-ld",)))
    assert {name: told.tolist() for name, told in terms.items()} == {
        "base": [-1.0, -1.0, -1.0],
        "hidden": [0.25, 0.25, -4.0],
        "words": [2.0, -3.0, 0.0],
    }


@pytest.mark.parametrize(
    ("number", "points"), [(-9.0, 1.0), (1.9, 1.0), (2.0, 2.0), (2.5, 2.0), (3.0, 3.0), (9e9, 3.0)]
)
def test_a_bin_ends_below_the_next_edge(number: float, points: float) -> None:
    card = Card(0.0, {"x": {"edges": [2.0, 3.0], "points": [1.0, 2.0, 3.0]}})
    assert card.terms({"x": np.array([number]), "y": np.array([7.0])})["x"].tolist() == [points]


def test_words_of_one_step_add_up_and_unknown_ones_say_nothing() -> None:
    card = Scorecard(TABLE)
    assert card.worth("div.share.content") == -0.5
    assert card.worth("div#share.post-share") == -2.0, "a word twice is one word"
    assert card.worth("div.quite-other[2]") == 0
    assert card.worth("div.share.content") == -0.5, "asked again"


@pytest.mark.parametrize("last", range(1, len(STAGES) + 1))
def test_the_shipped_terms_sum_to_the_score(last: int) -> None:
    asked = STAGES[:last]
    blocks = (BLOCKS[0]._replace(votes=asked), *BLOCKS[1:])
    card = scorecard.shipped()
    total = np.sum(list(card.terms(page(*blocks, asked=asked)).values()), axis=0)
    assert card.scores(evidence(card, *asked), asked[-1]) == pytest.approx(total)
    assert np.isfinite(total).all()


def test_there_is_a_card_for_each_marker_and_no_other() -> None:
    assert list(scorecard.shipped().cards) == list(STAGES)


@pytest.mark.parametrize("at", range(len(STAGES)))
def test_a_card_asks_only_what_is_measured_when_its_marker_has_spoken(at: int) -> None:
    """Numbers of markers that come later are not known yet."""
    card = scorecard.shipped()
    known = evidence(card, *STAGES[: at + 1]).numbers.keys()
    assert card.cards[STAGES[at]].numbers.keys() <= known


def ask(chosen: set[int], said: list[str], name: str) -> Callable[[], Vote]:
    def vote() -> Vote:
        said.append(name)
        return Vote(frozenset(chosen))

    return vote


def test_markers_are_asked_in_turn_until_little_is_in_doubt() -> None:
    card = Scorecard(TABLE)
    said: list[str] = []
    voters = {name: ask({0}, said, name) for name in ("json-ld", "trafilatura")}
    doubtful = card.weigh(page(*BLOCKS), voters)
    assert said == ["json-ld", "trafilatura"]
    assert doubtful.scores == [3.0, -3.0, -3.0]
    assert {name: vote.chosen for name, vote in doubtful.votes.items()} == {
        "json-ld": {0},
        "trafilatura": {0},
    }
    said.clear()
    certain = {**TABLE, "cards": {"json-ld": {"base": -9.0, "numbers": {
        "json-ld": {"edges": [0.5], "points": [0.0, 18.0]}}}}}  # fmt: skip
    sure = Scorecard(certain).weigh(page(*BLOCKS), voters)
    assert said == ["json-ld"]
    assert sure.scores == [9.0, -9.0, -9.0]
    assert list(sure.votes) == ["json-ld"]


@pytest.mark.parametrize("name", STAGES)
def test_the_shipped_bins_lie_in_order_and_each_has_points(name: str) -> None:
    card = scorecard.shipped().cards[name]
    assert math.isfinite(card.base)
    for number, told in card.numbers.items():
        edges, points = told["edges"], told["points"]
        assert len(points) == len(edges) + 1, number
        assert (np.diff(edges) > 0).all(), number
        assert np.isfinite(points).all(), number
        assert np.ptp(points) > 0, f"{number} says nothing"


def test_a_vote_is_never_against_a_block() -> None:
    for card in scorecard.shipped().cards.values():
        for marker in STAGES:
            if marker in card.numbers:
                points = card.numbers[marker]["points"]
                assert points[-1] > points[0], marker


def test_the_shipped_words_are_words() -> None:
    """Letters, three or more, of ordinary names: a hash or a site's own name would be learned by heart."""
    words = json.loads(scorecard.FILE.read_text("utf-8"))["words"]
    assert len(words) > 100
    for word, points in words.items():
        assert re.fullmatch(r"[a-z]{3,16}|[a-z0-9-]{3,}=[a-z0-9_-]+", word), word
        assert not re.search(r"[bcdfghjklmnpqrstvwxz]{6}|(.)\1\1", word), word
        assert math.isfinite(points), word
        assert abs(points) <= 3, word


# Names of sites that other sites have in class names too: ordinary words, and services.
_ORDINARY = frozenset(
    "anchor answer answers archive blog culture forum google kicker linkedin meta mobile news "
    "radio shop space sports standard tech weibo".split()
)


@pytest.mark.skipif(not (gold.SHARED / "bench").exists(), reason="../shared/bench is not here")
def test_no_shipped_word_names_a_site_it_was_learned_from() -> None:
    hosts = {urlsplit(one.url).hostname or "" for one in gold.load(gold.SHARED)}
    sites = {label for host in hosts for label in host.split(".")[-3:-1] if len(label) > 3}
    assert len(sites) > 50
    assert (sites & scorecard.shipped().words.keys()) - _ORDINARY == set()


def test_the_digest_is_of_the_shipped_file() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", scorecard.digest())


def test_certain_scores_leave_no_doubt() -> None:
    told = page(Block("/p", "x" * 100), Block("/p", "y" * 50))
    assert doubt(told, np.array([9.0, -9.0])) < 0.01
    assert doubt(told, np.array([9.0, 0.0])) == pytest.approx(25 / 125, rel=0.01)


def test_a_page_of_which_nothing_is_known_is_all_doubt() -> None:
    told = page(Block("/p", "x" * 100), Block("/p", "y" * 50))
    assert doubt(told, np.zeros(2)) == 1.0


def test_of_a_long_page_with_nothing_likely_all_is_in_doubt() -> None:
    told = page(Block("/p", "x" * 1000), Block("/p", "y" * 5000))
    assert doubt(told, np.array([-3.0, -3.0])) == 1.0


_scored = st.lists(
    st.tuples(st.integers(1, 5000), st.booleans(), st.floats(-700, 700)), min_size=1, max_size=9
)


@given(_scored)
def test_doubt_is_a_share(blocks: list[tuple[int, bool, float]]) -> None:
    told = page(*(Block("/p", "x" * length, hidden=hidden) for length, hidden, _ in blocks))
    assert 0 <= doubt(told, np.array([score for *_, score in blocks])) <= 1


@given(_scored)
def test_what_is_hidden_is_in_no_doubt(blocks: list[tuple[int, bool, float]]) -> None:
    told = page(*(Block("/p", "x" * length, hidden=True) for length, *_ in blocks))
    assert doubt(told, np.array([score for *_, score in blocks])) == 0
