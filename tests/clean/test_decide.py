"""Which blocks are the article: the line, what is filled in, and pages without evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.clean.decide import _LINE, _line, main_blocks
from archiver.model import Block, Page
from archiver.text import normal
from tests.clean.cleaned import plain, rule
from tests.strategies import texts

PROSE = "The wooden footbridge over the river was opened again on Wednesday morning."
RAIN = "About two hundred people waited in light rain for the ribbon to be cut by the oldest."
LAMPS = "The council will look after the lamps, and the buses take their old way again."


def block(path: str, text: str = PROSE, score: float = 3.0, **more: bool | int) -> Block:
    return Block(f"/html/body/{path}", text, score=score, **more)  # type: ignore[arg-type] # by name


def page(*blocks: Block, asked: tuple[str, ...] = ("resiliparse", "json-ld")) -> Page:
    return Page(url="https://news.example/a", media_type="text/html", blocks=blocks, asked=asked)


def chosen(*blocks: Block, asked: tuple[str, ...] = ("resiliparse", "json-ld")) -> list[int]:
    return sorted(main_blocks(page(*blocks, asked=asked)))


def test_what_the_evidence_speaks_for_is_chosen() -> None:
    menu, foot = block("ul/li", "Local", -4), block("footer/p", "Imprint", -4)
    assert chosen(menu, block("p"), block("p[2]", RAIN), foot) == [1, 2]


def test_a_little_below_nothing_a_block_still_counts() -> None:
    """A lost sentence is worse than a leftover line."""
    told = [block("div/p"), block("div[2]/p", RAIN, -0.2), block("div[3]/p", LAMPS, -1.0)]
    assert chosen(*told) == [0, 1]


def test_where_the_best_prose_scores_low_the_line_is_drawn_lower() -> None:
    told = [block(f"div[{at}]/p", PROSE, score) for at, score in enumerate([-1, -1.5, -2.0, -4], 1)]
    assert chosen(*told) == [0, 1, 2]
    assert chosen(block("div/p", PROSE, 3), *told) == [0]


def test_one_short_line_that_scores_well_is_not_the_best_prose() -> None:
    told = [block(f"div[{at}]/p", PROSE * 4, -1.0) for at in range(2, 6)]
    assert chosen(block("div/p", PROSE, 3), *told) == [0, 1, 2, 3, 4]


def test_the_line_looks_at_shown_prose_alone() -> None:
    low = block("p", PROSE, -2.0)
    button = block("p[2]", "Send", 4.0)
    folded = block("p[3]", RAIN, 4.0, hidden=True)
    teaser = block("p[4]", LAMPS, 4.0, linked=len(LAMPS))
    assert _line(page(low, button, folded, teaser)) == _line(page(low)) < _LINE
    assert _line(page(button, folded)) == _LINE


_scores = st.lists(st.floats(-9, 9), min_size=1, max_size=8)


@given(_scores)
def test_the_line_is_never_above_its_place_nor_above_the_best_prose(scores: list[float]) -> None:
    line = _line(page(*(block(f"p[{at}]", PROSE, score) for at, score in enumerate(scores))))
    assert line <= _LINE
    assert line < max(scores) or max(scores) <= _LINE
    assert line >= min(_LINE, min(scores) - 2)


def test_a_subheading_between_chosen_paragraphs_stays() -> None:
    told = [block("p"), block("h2", "Oak from the valley", -1.0), block("p[2]", RAIN)]
    assert chosen(*told) == [0, 1, 2]
    bold = block("p[3]", "Oak from the valley", -1.0, bold=19)
    assert chosen(told[0], bold, told[2]) == [0, 1, 2]


def test_a_subheading_between_lines_that_are_parted_by_breaks_stays() -> None:
    boxed = block("div/div/h2", "Oak from the valley", -1.0)
    assert chosen(block("div"), boxed, block("div", RAIN)) == [0, 1, 2]


@pytest.mark.parametrize(
    "line",
    [
        block("h2", "Oak from the valley", -9.0),
        block("h2", "Read this too", -1.0, linked=13),
        block("h2", "Oak from the valley", -1.0, hidden=True),
        block("p[3]", "Advertisement", -1.0),
        block("aside/h2", "Sign up for our letter", -1.0),
    ],
    ids=["much speaks against it", "a link", "hidden", "no heading", "in a box of its own"],
)
def test_other_lines_between_chosen_paragraphs_stay_out(line: Block) -> None:
    far = block("article/p", LAMPS)
    if "aside" in line.path:
        assert chosen(block("article/div/p"), line, far) == [0, 2]
    else:
        assert chosen(block("p"), line, block("p[2]", RAIN)) == [0, 2]


def test_a_heading_above_or_below_the_text_is_no_subheading() -> None:
    told = [
        block("h2", "More", -1.0),
        block("p"),
        block("p[2]", RAIN),
        block("h2[2]", "More", -1.0),
    ]
    assert chosen(*told) == [1, 2]


def test_a_paragraph_between_chosen_paragraphs_stays_whatever_it_scores() -> None:
    told = [block("article/p"), block("article/p[2]", RAIN, -3.0), block("article/p[3]", LAMPS)]
    assert chosen(*told) == [0, 1, 2]
    elsewhere = block("div/p", RAIN, -3.0)
    assert chosen(told[0], elsewhere, told[2]) == [0, 2]


def test_the_lines_of_one_element_are_one_text() -> None:
    told = [block("div"), block("div", RAIN, 3.0), block("div", LAMPS, -3.0)]
    assert chosen(*told) == [0, 1, 2]


def test_items_of_a_list_of_the_article_stay_together() -> None:
    told = [block("p"), block("ul/li", "Oak, in beams", 1.0), block("ul/li[2]", "Pegs", -2.0)]
    assert chosen(*told) == [0, 1, 2]
    linked = block("ul/li[3]", "Buy pegs", -2.0, linked=8)
    assert chosen(*told, linked) == [0, 1, 2]


def test_a_list_without_a_name_between_paragraphs_stays() -> None:
    def between(path: str) -> list[int]:
        return chosen(block("p"), block(f"{path}/li", "Oak beams", -2.0), block("p[2]", RAIN))

    assert between("ul") == [0, 1, 2]
    assert between("ul.share-buttons") == [0, 2]


def test_the_choice_of_a_hidden_copy_goes_to_the_copy_that_is_seen() -> None:
    copy = block("div/p", PROSE, 4.0, hidden=True)
    assert chosen(copy, block("section/p", PROSE, -2.0), block("p", RAIN, 4.0)) == [1, 2]


def test_a_copy_that_is_parted_otherwise_is_a_copy() -> None:
    copy = block("div/p", f"{PROSE} {RAIN}", 4.0, hidden=True)
    assert chosen(copy, block("p"), block("p[2]", RAIN)) == [1, 2]


def test_hidden_text_that_stands_nowhere_else_stays_chosen() -> None:
    folded = block("div/p", LAMPS, 1.0, hidden=True)
    assert chosen(block("p"), block("p[2]", RAIN), folded) == [0, 1, 2]


def test_every_line_of_plain_text_is_chosen() -> None:
    lines = tuple(Block(f"/line[{n}]", text) for n, text in enumerate(["Menu", PROSE, "x"], 1))
    told = Page(url="https://news.example/a", media_type="text/plain", blocks=lines)
    assert main_blocks(told) == {0, 1, 2}
    assert plain(f"Menu\n\n{PROSE}\n\nx", rule("line", "y")).kept == ["Menu", PROSE, "x"]


def test_without_evidence_the_densest_element_is_the_article() -> None:
    told = [
        block("ul/li", "Local", 0),
        block("article/p", PROSE, 0),
        block("article/h2", "Oak", 0),
        block("article/p[2]", RAIN, 0),
        block("article/p[3]", RAIN, 0, linked=len(RAIN)),
        block("article/p[4]", LAMPS, 0),
        block("article/p[5]", "Share", 0),
        block("footer/p", PROSE, 0),
    ]
    assert chosen(*told, asked=()) == [1, 2, 3, 5]


def test_the_densest_element_is_not_its_siblings() -> None:
    told = [block("div/p", PROSE, 0), block("div/p[2]", RAIN, 0), block("div[2]/p", LAMPS, 0)]
    assert chosen(*told, asked=()) == [0, 1]


def test_scores_of_a_page_that_no_marker_was_asked_about_say_nothing() -> None:
    told = [block("div/p", PROSE, 9.0), block("article/p", RAIN, -9)]
    assert chosen(*told, block("article/p[2]", LAMPS, -9), asked=()) == [1, 2]


def test_without_evidence_and_paragraphs_the_longest_lines_are_left() -> None:
    told = [block("p", "Rain", 0), block("p[2]", "Rain in the valley", 0), block("p[3]", "Snow on the hills", 0)]  # fmt: skip
    assert chosen(*told, asked=()) == [1, 2]


def test_a_page_is_never_left_without_a_line() -> None:
    assert chosen(block("p", "Rain", -9.0)) == [0]
    assert chosen(block("p", PROSE, -9.0)) == [0]
    assert chosen(asked=()) == []


_blocks = st.lists(
    st.builds(
        block,
        st.sampled_from("p p[2] div/p article/p article/p[2] h2 ul/li ul/li[2] aside.x/p".split()),
        texts.map(normal.collapse).filter(bool) | st.sampled_from([PROSE, RAIN, LAMPS]),
        st.floats(-9, 9),
        hidden=st.booleans(),
        linked=st.sampled_from([0, 0, 4000]),
    ),
    max_size=9,
)


@given(_blocks, st.sampled_from([(), ("resiliparse",)]))
def test_any_page_gives_blocks_of_its_own(blocks: list[Block], asked: tuple[str, ...]) -> None:
    assert main_blocks(page(*blocks, asked=asked)) <= set(range(len(blocks)))


@given(_blocks)
def test_whatever_scores_above_nothing_and_is_seen_is_chosen(blocks: list[Block]) -> None:
    """Rules, not the decision, take out what else is wrong with it."""
    likely = {at for at, one in enumerate(blocks) if one.score > 0 and not one.hidden}
    assert likely <= main_blocks(page(*blocks))


def test_a_table_between_the_paragraphs_is_of_the_story_as_a_whole() -> None:
    cells = ["Anna Reed", "-", "12"]
    row = [block(f"table/tbody/tr/td[{n}]", text, n - 2.0) for n, text in enumerate(cells, 1)]
    assert chosen(block("p"), *row, block("p[2]", RAIN)) == [0, 1, 2, 3, 4]


def test_the_rest_of_a_story_that_a_button_unfolds_is_kept() -> None:
    told = [block("article/p"), block("article/p[2]", RAIN)]
    rest = [f"On day {n} it rained on all the {n} roads of the upper valley here." for n in (2, 3)]
    folded = [block(f"article/div/p[{n}]", text, -2.5, hidden=True) for n, text in enumerate(rest)]
    assert chosen(*told, *folded) == [0, 1, 2, 3]
