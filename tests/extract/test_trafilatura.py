"""Reading trafilatura's choice back: where each of its lines stands among the blocks."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from archiver.extract.markers import trafilatura
from archiver.model import Block
from tests.extract.laid import blocks


def placed(lines: list[str], texts: list[str]) -> tuple[list[str], int]:
    laid_out = [Block(f"/html/body/p[{n}]", text) for n, text in enumerate(texts, 1)]
    vote = trafilatura.place(lines, laid_out)
    return [texts[at] for at in sorted(vote.chosen)], vote.unplaced


def test_a_line_that_is_a_block_chooses_it() -> None:
    assert placed(["The bridge opened."], ["Menu", "The bridge opened.", "Foot"]) == (
        ["The bridge opened."], 0,
    )  # fmt: skip


def test_joiners_and_spaces_that_were_dropped_do_not_matter() -> None:
    assert placed(["उपाध्यक्ष ने कहा।"], ["उपाध्\u200dयक्ष ने\u00a0कहा।"])[0] == [
        "उपाध्\u200dयक्ष ने\u00a0कहा।"
    ]


def test_a_line_over_several_blocks_chooses_them_all() -> None:
    texts = ["Menu", "First half,", "second half.", "Foot"]
    assert placed(["First half, second half."], texts) == (["First half,", "second half."], 0)


def test_a_line_that_is_part_of_a_block_chooses_it_if_it_is_most_of_it() -> None:
    text = "By our desk: the bridge opened on Monday."
    assert placed(["the bridge opened on Monday."], [text])[0] == [text]
    assert placed(["By our desk"], [text])[0] == []


def test_repeated_lines_are_settled_by_their_neighbours() -> None:
    texts = ["Title", "menu one", "menu two", "Opening.", "Title", "Closing words here.", "Title"]
    laid_out = [Block(f"/p[{n}]", text) for n, text in enumerate(texts, 1)]
    vote = trafilatura.place(["Opening.", "Title", "Closing words here."], laid_out)
    assert vote.chosen == {3, 4, 5}


def test_a_line_with_a_dropped_stretch_inside_is_placed_in_pieces() -> None:
    texts = ["The bridge was opened", "ADVERTISEMENT", "on Monday by the mayor."]
    line = "The bridge was openedon Monday by the mayor."
    assert placed([line], texts) == ([texts[0], texts[2]], 0)


def test_what_stands_nowhere_is_counted() -> None:
    chosen, unplaced = placed(["Quite another text"], ["The bridge opened."])
    assert chosen == []
    assert unplaced > 0


def test_letters_here_and_there_are_no_place() -> None:
    """Pieces shorter than a word or two occur by chance."""
    assert placed(["thxbrxopx"], ["the bridge opened"])[0] == []


def test_nothing_places_nothing() -> None:
    assert trafilatura.place([], []) == trafilatura.Vote(frozenset())
    assert trafilatura.place(["", "\u200d"], [Block("/p", "a")]).chosen == frozenset()


def test_long_text_that_is_nowhere_ends_quickly() -> None:
    field = [Block(f"/p[{n}]", "बारिश " * 200) for n in range(200)]
    started = time.monotonic()
    vote = trafilatura.place(["xyz" * 20_000] * 3, field)
    assert time.monotonic() - started < 20
    assert vote.unplaced == 3 * 60_000


def test_many_equal_lines_end_quickly() -> None:
    started = time.monotonic()
    vote = trafilatura.place(
        ["same line"] * 2000, [Block(f"/p[{n}]", "same line") for n in range(20_000)]
    )
    assert time.monotonic() - started < 20
    assert len(vote.chosen) == 2000


@pytest.mark.parametrize("html", ["", "<p>", "<html></html>", "<?xml version='1.0' encoding='utf-8'?><p>a</p>"])  # fmt: skip
def test_a_page_without_a_choice_is_an_empty_vote(html: str) -> None:
    assert trafilatura.vote(html, blocks(html)).unplaced == 0


def test_the_article_is_chosen_and_the_menu_is_not() -> None:
    paragraph = "The wooden footbridge over the river was opened again on Wednesday morning, and two hundred people came. "
    body = (
        '<nav><ul><li><a href="/a">Local</a></li><li><a href="/b">Sports</a></li></ul></nav>'
        f"<article><h1>A bridge</h1>{f'<p>{paragraph * 3}</p>' * 4}</article><footer>Imprint</footer>"
    )
    laid_out = blocks(body)
    chosen = trafilatura.vote(f"<html><body>{body}</body></html>", laid_out).chosen
    texts = {laid_out[at].text for at in chosen}
    assert (paragraph * 3).strip() in texts
    assert not {"Local", "Sports", "Imprint"} & texts


def test_a_choice_that_leaves_much_text_out_is_asked_for_again() -> None:
    """Running text that is not chosen, more than 0.3 of what is, puts the quick choice in doubt."""
    told = Block("/html/body/p", "The bridge over the river was opened again on Wednesday morning.")
    menu = Block("/html/body/ul/li", "News and weather of the day")
    link = replace(told, linked=len(told.text))
    folded = replace(told, hidden=True)
    quick = frozenset({0})
    assert trafilatura._left_out([told, told], quick)
    assert not trafilatura._left_out([replace(told, text=told.text * 4), told], quick)
    assert not trafilatura._left_out([told, menu, link, folded], quick)
    assert trafilatura._left_out([menu, told], frozenset())
