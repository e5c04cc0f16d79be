"""The numbers about each block: of any page finite, one a block, and told by structure alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archiver.extract import blocks as layout
from archiver.extract.evidence import Column, Evidence, _Tree, elements_of
from archiver.extract.naming import _MAX_WORD, _MIN_WORD, tokens
from archiver.extract.scorecard import DOUBT
from archiver.model import Block, Metadata, Page
from archiver.text import normal
from tests.strategies import soup, texts

MARKERS = tuple(DOUBT)
PROSE = "The wooden footbridge over the river was opened again on Wednesday morning."


def worth(step: str) -> float:
    """What the shipped scorecard does, with a table of the test's own."""
    known = {"content": 1.5, "share": -2.0, "role=main": 1.0}
    return sum((known.get(word, 0.0) for word in sorted(tokens(step))), start=0.0)


def page(*blocks: Block, title: str | None = None) -> Page:
    return Page(
        url="https://news.example/a",
        media_type="text/html",
        blocks=blocks,
        metadata=Metadata(title=title),
    )


def measured(told: Page, votes: Mapping[str, set[int]] | None = None) -> dict[str, Column]:
    """All numbers of a page whose markers have spoken; those not named chose nothing."""
    counted = Evidence(told, worth)
    for marker in MARKERS:
        counted.vote(marker, (votes or {}).get(marker, set()))
    return counted.numbers


def numbers(*blocks: Block, title: str | None = None, **votes: set[int]) -> dict[str, list[float]]:
    chosen = {name.replace("_", "-"): places for name, places in votes.items()}
    found = measured(page(*blocks, title=title), chosen)
    return {name: column.tolist() for name, column in found.items()}


_step = st.builds(
    "{}{}{}".format,
    st.sampled_from("html body div p h1 h2 article article span li td table a x-card".split()),
    st.sampled_from(["", "", "[2]", "[3]", "[17]"]),
    st.sampled_from(["", "", "#main", ".entry-content.share", "[role=main]", ".कख", "#a.b[rel=tag]"]),
)  # fmt: skip
_paths = st.lists(_step, min_size=1, max_size=8).map(lambda steps: "/" + "/".join(steps))
_weird = st.text(st.sampled_from("/#.[]=a1\u0915 "), max_size=12)


def _block(path: str, text: str, shares: tuple[float, float], hidden: bool) -> Block:
    linked, bold = (int(len(text) * share) for share in shares)
    return Block(path, text, linked=linked, bold=bold, hidden=hidden)


_share = st.floats(0, 1)
_texts = texts.map(normal.collapse).filter(bool) | st.sampled_from([PROSE, PROSE * 9, "यह।"])


def blocks_with(paths: st.SearchStrategy[str]) -> st.SearchStrategy[list[Block]]:
    block = st.builds(_block, paths, _texts, st.tuples(_share, _share), st.booleans())
    return st.lists(block, min_size=1, max_size=12)


def votes_on(blocks: list[Block]) -> st.SearchStrategy[dict[str, set[int]]]:
    """Votes of some markers; of those that were not asked there is none."""
    return st.dictionaries(
        st.sampled_from(MARKERS), st.sets(st.integers(0, len(blocks) - 1)), max_size=len(MARKERS)
    )


some_blocks = blocks_with(_paths)
any_blocks = blocks_with(_paths | _weird)


@given(any_blocks, st.none() | _texts, st.data())
@settings(deadline=None)
def test_any_page_gives_finite_numbers_one_a_block(
    blocks: list[Block], title: str | None, data: st.DataObject
) -> None:
    votes = data.draw(votes_on(blocks))
    found = measured(page(*blocks, title=title), votes)
    for name, column in found.items():
        assert column.shape == (len(blocks),), name
        assert column.dtype == np.float64, name
        assert np.isfinite(column).all(), name


@given(any_blocks, any_blocks)
@settings(deadline=None)
def test_every_page_has_the_same_numbers(some: list[Block], other: list[Block]) -> None:
    assert numbers(*some).keys() == numbers(*other).keys()


@given(some_blocks)
@settings(deadline=None)
def test_the_digits_of_a_path_only_tell_elements_apart(blocks: list[Block]) -> None:
    def renumbered(path: str) -> str:
        return re.sub(r"\[(\d+)\]", lambda found: f"[{int(found[1]) * 7 + 4}]", path)

    assert numbers(*blocks) == numbers(*(one._replace(path=renumbered(one.path)) for one in blocks))


@given(some_blocks, st.data())
@settings(deadline=None)
def test_the_order_in_which_markers_speak_tells_nothing(
    blocks: list[Block], data: st.DataObject
) -> None:
    votes = data.draw(votes_on(blocks))
    one, other = Evidence(page(*blocks), worth), Evidence(page(*blocks), worth)
    for marker in votes:
        one.vote(marker, votes[marker])
    for marker in reversed(votes):
        other.vote(marker, votes[marker])
    assert {name: column.tolist() for name, column in one.numbers.items()} == {
        name: column.tolist() for name, column in other.numbers.items()
    }


def test_the_votes_are_those_that_are_given_not_those_of_the_blocks() -> None:
    said = [Block("/html/body/p", PROSE, votes=("json-ld",)), Block("/html/body/p[2]", PROSE)]
    found = numbers(*said, json_ld={1})
    assert found["json-ld"] == [0, 1]
    assert found["json-ld-1"] == [0, 0]
    assert found["json-ld+1"] == [1, 0]
    assert found["json-ld-of-page"] == [0.5, 0.5]
    assert found["resiliparse"] == [0, 0], "not asked, or chose nothing"


@given(some_blocks)
@settings(deadline=None)
def test_measuring_twice_gives_the_same(blocks: list[Block]) -> None:
    assert numbers(*blocks) == numbers(*blocks)


@given(any_blocks)
@settings(deadline=None)
def test_shares_are_shares(blocks: list[Block]) -> None:
    for name, column in numbers(*blocks).items():
        if re.match(r"linked|digits|prose-(in|of)|page-share|position|in-|is-", name):
            assert all(0 <= value <= 1 + 1e-9 for value in column), name


def test_a_page_of_one_block_is_measured() -> None:
    found = numbers(Block("/html/body/p", PROSE))
    assert found["prose-in-1"] == [1.0]
    assert found["position"] == [0.0]
    assert found["length+1"] == found["length-1"] == [0.0]


@pytest.mark.parametrize("path", ["", "/", "//", "p", "/line[7]", "/html", "/html//p", "[2]", "#", "."])  # fmt: skip
def test_a_path_of_any_shape_is_measured(path: str) -> None:
    """A flattened page and a plain one have no tree."""
    found = measured(page(Block(path, PROSE), Block("/html/body/p", PROSE)))
    assert all(np.isfinite(column).all() for column in found.values())


def test_a_page_without_a_tree_has_siblings_only() -> None:
    found = numbers(*(Block(f"/line[{n}]", PROSE) for n in range(1, 5)))
    assert set(found["depth"]) == {1.0}
    assert found["position"] == [0, 0.25, 0.5, 0.75]


def test_a_block_in_the_depth_of_the_page_is_measured() -> None:
    deep = "/html/body" + "/div" * 500 + "/p"
    found = numbers(Block(deep, PROSE), Block("/html/body/p", PROSE))
    assert found["depth"] == [503.0, 3.0]
    # The dense element of one of two equal paragraphs: the other's way to it is as deep.
    assert {max(found["dense-above"]), max(found["dense-below"])} <= set(map(float, range(503)))


def test_a_page_of_thousands_of_blocks_is_measured() -> None:
    """What would compare every block with every other would not end on these."""
    many = [Block(f"/html/body/div[{n // 50}]/ul[{n // 5}]/li[{n}]/a", "News") for n in range(3000)]
    found = measured(page(*many, Block("/html/body/p", PROSE)))
    assert {len(column) for column in found.values()} == {3001}
    comb = [Block("/html" + f"/div[{n}]" * 60, PROSE) for n in range(3000)]
    assert np.isfinite(
        np.stack(list(measured(page(*comb), {"json-ld": set(range(3000))}).values()))
    ).all()


def test_what_a_block_itself_says() -> None:
    text = "Rain, 14 mm. Snow!"
    one = Block("/html/body/ul/li", text, linked=9, hidden=True)
    found = {name: column[0] for name, column in numbers(one, json_ld={0}).items()}
    assert found["length"] == pytest.approx(np.log1p(18))
    assert found["linked"] == 0.5
    assert found["digits"] == pytest.approx(2 / 18)
    assert found["capitals"] == pytest.approx(2 / 18)
    assert (found["hidden"], found["running"]) == (1, 0)
    assert (found["is-li"], found["is-p"], found["in-ul"], found["in-ol"]) == (1, 0, 1, 0)
    assert (found["json-ld"], found["resiliparse"], found["trafilatura"]) == (1, 0, 0)


def test_running_text_is_long_shown_ended_and_no_link() -> None:
    said = [
        Block("/p", PROSE),
        Block("/p", PROSE, hidden=True),
        Block("/p", PROSE, linked=len(PROSE)),
        Block("/p", PROSE.rstrip(".")),
        Block("/p", "It rained."),
        Block("/p", "ท่าเรือข้ามแม่น้ำเปิดให้บริการ។"),  # a script without spaces
    ]
    assert numbers(*said)["running"] == [1, 0, 0, 0, 0, 1]


def test_the_neighbours_numbers_are_those_of_the_blocks_beside() -> None:
    found = numbers(*(Block(f"/p[{n}]", "x" * n) for n in (1, 2, 3, 4, 5)))
    length = found["length"]
    assert found["length+1"] == [*length[1:], 0]
    assert found["length-1"] == [0, *length[:-1]]


def test_a_line_that_recurs_is_counted_with_those_that_are_seen_as_it_is() -> None:
    lines = [Block(f"/html/body/p[{n}]", text) for n, text in enumerate(["Ad", PROSE, "Ad"], 1)]
    folded = Block("/html/body/p[4]", PROSE, hidden=True)
    assert numbers(*lines, folded)["times"] == [2, 1, 2, 1]


def test_teasers_stand_each_in_an_element_of_its_own_paragraphs_side_by_side() -> None:
    story = [Block(f"/html/body/article/p[{n}]", f"{PROSE} {n}.") for n in range(1, 5)]
    teasers = [
        Block(f"/html/body/ul/li[{n}]#post-{n}.teaser/p", f"{PROSE} {n}.") for n in range(5, 9)
    ]
    found = numbers(*story, *teasers)
    assert found["like-lines"] == pytest.approx([np.log1p(4)] * 8)
    assert found["like-homes"] == pytest.approx([np.log1p(1)] * 4 + [np.log1p(4)] * 4)
    assert found["like-of-page"] == pytest.approx([0.5] * 8)
    assert found["copies-1"] == pytest.approx([np.log1p(1)] * 4 + [np.log1p(4)] * 4)
    assert found["copies-of-page-1"] == pytest.approx([0.5] * 8)


@pytest.mark.parametrize(
    ("url", "is_thread"),
    [
        ("https://board.example/viewtopic.php?t=7", True),
        ("https://forum.example/t/how-to-run-it/7", True),
        ("https://www.example/questions/7/how-to-run-it", True),
        ("https://news.example/topics/politics/a-bridge", False),
        ("https://news.example/2026/forumula-for-rain", False),
        ("", False),
    ],
)
def test_a_threads_posts_have_numbers_of_their_own(url: str, *, is_thread: bool) -> None:
    posts = [Block(f"/html/body/ul/li[{n}]/div.post", f"{PROSE} {n}.") for n in range(1, 5)]
    told = Page(url=url, media_type="text/html", blocks=tuple(posts))
    found = Evidence(told, worth).numbers
    assert (found["thread-like-of-page"] == 1).all() == is_thread
    assert (found["like-of-page"] == 1).all() != is_thread


def test_names_around_a_block_are_worth_what_the_table_says() -> None:
    found = numbers(
        Block("/html/body/div.content/div.share/p", "a"), Block("/html/body/div.content/p", "b")
    )
    assert found["words-own"] == [0, 0]
    assert found["words-around"] == [-0.5, 1.5]
    assert found["words"] == [-0.5, 1.5]
    assert found["words-worst"] == [-2.0, 0.0]


def test_the_headline_is_the_titles_line_above_the_first_paragraph() -> None:
    head, menu = Block("/html/body/div", "A bridge opens"), Block("/html/body/ul/li", "News")
    told = [menu, head, Block("/html/body/p", PROSE), head._replace(path="/html/body/h1")]
    assert numbers(*told, title="A  Bridge Opens")["from-title"] == [-1, 0, 1, 2]
    assert set(numbers(*told[:3], title="Other")["from-title"]) == {-50.0}


def test_a_second_article_element_is_counted() -> None:
    told = [
        "/html/body/article/p", "/html/body/article/article/p", "/html/body/p",
        "/html/body/article[2]/p",
    ]  # fmt: skip
    assert numbers(*(Block(path, PROSE) for path in told))["articles-until"] == [1, 1, 1, 2]


def test_text_right_inside_an_article_element_begins_no_other() -> None:
    told = [Block("/html/body/article", "Rain"), Block("/html/body/article/p", PROSE)]
    assert numbers(*told)["articles-until"] == [1, 1]


def test_the_prose_of_a_consent_dialog_is_no_running_text() -> None:
    told = [Block("/html/body/div#cookie-notice/p", PROSE), Block("/html/body/p", PROSE)]
    assert numbers(*told)["running"] == [0, 1]


def test_where_no_block_is_running_text_the_rest_is_still_counted() -> None:
    found = numbers(Block("/html/body/p", "a"), Block("/html/body/p[2]", "b"))
    assert found["steps-before"] == found["steps-after"] == [60, 60]
    assert found["climb-before"] == found["climb-after"] == [20, 20]
    assert found["page-prose"] == pytest.approx([np.log1p(1.0)] * 2)


@given(some_blocks)
def test_a_tree_numbers_parents_before_their_children(blocks: list[Block]) -> None:
    tree = _Tree(elements_of(blocks))
    assert all(tree.parent[at] < at for at in range(1, len(tree.parent)))
    assert tree.depth[tree.own].tolist() == [one.path.count("/") for one in blocks]
    ones = tree.gathered(np.ones((len(blocks), 1)))
    assert ones[0, 0] == len(blocks)


def test_how_deep_the_elements_around_two_reach() -> None:
    paths = ("/a/b/c/d", "/a/b/e", "/a/b", "/f")
    tree = _Tree(elements_of(Block(path, "x") for path in paths))
    depths = [tree.shared(np.full_like(tree.own, place)).tolist() for place in tree.own]
    assert depths == [[4, 2, 2, 0], [2, 3, 2, 0], [2, 2, 2, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("p", set()),
        ("p[3]", set()),
        ("div#entryContent", {"entry", "content"}),
        ("div.ENTRY_CONTENT", {"entry", "content"}),
        ("div.entry-content[2]", {"entry", "content"}),
        ("div.HTMLBody", {"html", "body"}),
        ("div.col-md-8.x1", {"col"}),
        ("div.css-1q2w3e", {"css"}),
        ("div." + "a" * 17, set()),
        ("div.कख", set()),
        ("div[role=navigation][3]#top", {"role=navigation", "top"}),
        ("div[itemprop=articleBody]", {"itemprop=articlebody"}),
    ],
)
def test_the_words_of_a_step(step: str, words: set[str]) -> None:
    assert tokens(step) == words


@given(_weird | _step)
def test_words_are_of_a_length_that_no_hash_has(step: str) -> None:
    for word in tokens(step):
        assert "=" in word or _MIN_WORD <= len(word) <= _MAX_WORD


@given(soup)
def test_elements_told_by_paths_are_those_of_the_page(html: str) -> None:
    laid_out = layout.lay_out(LexborHTMLParser(html))
    found, known = elements_of(laid_out.blocks), laid_out.elements
    assert found.own == known.own
    size = len(found.steps)  # the page's own has ``html`` even where nothing stands in it
    assert known.steps[:size] == found.steps
    assert known.parents[:size] == found.parents
    assert known.depths[:size] == found.depths
    assert size == len(known.steps) or not found.own
