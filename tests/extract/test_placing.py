"""Reading another extractor's choice back: where each of its lines stands among the blocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archiver.extract.markers import placing
from archiver.extract.markers.placing import Field, Vote, place
from archiver.model import Block
from archiver.text import normal
from tests.strategies import texts


def field(texts: list[str]) -> Field:
    return Field([Block(f"/html/body/p[{n}]", text) for n, text in enumerate(texts, 1)])


def placed(lines: list[str], texts: list[str]) -> tuple[list[str], int]:
    vote = place(lines, field(texts))
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


def test_half_of_a_block_is_not_most_of_it() -> None:
    text = "0123456789abcdefghij"
    assert placed([text[:10]], [text])[0] == []
    assert placed([text[:11]], [text])[0] == [text]


def test_two_lines_that_are_parts_of_one_block_choose_it_together() -> None:
    text = "The bridge opened on Monday and the buses run again."
    assert placed(["The bridge opened", "the buses run again."], [text])[0] == [text]


def test_repeated_lines_are_settled_by_their_neighbours() -> None:
    texts = ["Title", "menu one", "menu two", "Opening.", "Title", "Closing words here.", "Title"]
    vote = place(["Opening.", "Title", "Closing words here."], field(texts))
    assert vote.chosen == {3, 4, 5}


def test_a_line_with_no_place_after_the_one_before_it_takes_the_last() -> None:
    vote = place(["Closing words here.", "Title"], field(["Title", "Title", "Closing words here."]))
    assert vote.chosen == {1, 2}


def test_a_whole_block_goes_before_a_stretch_of_another() -> None:
    texts = ["The bridge opened, wrote the paper.", "The bridge opened"]
    assert placed(["The bridge opened"], texts)[0] == [texts[1]]


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
    assert place([], Field([])) == Vote(frozenset())
    assert place(["", "\u200d"], field(["a"])) == Vote(frozenset())
    assert place(["a"], Field([])) == Vote(frozenset(), 1)


def test_a_block_without_a_letter_is_never_chosen() -> None:
    assert placed(["ab"], ["a", "\u200d", "b"])[0] == ["a", "b"]


def test_long_text_that_is_nowhere_is_given_up() -> None:
    """Looked for letter by letter in 180,000 letters it would take hours."""
    vote = place(["xyz" * 20_000] * 3, field(["बारिश " * 200] * 200))
    assert vote == Vote(frozenset(), 3 * 60_000)


def test_many_equal_lines_choose_as_many_blocks() -> None:
    """Each of 2,000 lines has 20,000 places: looking through them all would take hours."""
    assert place(["same line"] * 2000, field(["same line"] * 20_000)).chosen == frozenset(
        range(2000)
    )


def test_a_stretch_is_looked_for_in_so_many_places_only() -> None:
    known = field(["a line of the menu"] * 1000)
    assert len(known.places("lineofthe")) == placing._MAX_PLACES


@given(st.lists(texts.map(normal.collapse).filter(bool), max_size=6))
def test_all_blocks_as_lines_choose_all_blocks_with_a_letter(stated: list[str]) -> None:
    vote = place(stated, field(stated))
    assert vote == Vote(frozenset(at for at, text in enumerate(stated) if normal.skeleton(text)))


@given(st.lists(texts, max_size=6), st.lists(texts.map(normal.collapse).filter(bool), max_size=6))
def test_any_lines_give_blocks_of_the_page_and_lose_no_more_than_they_have(
    lines: list[str], stated: list[str]
) -> None:
    vote = place(lines, field(stated))
    assert vote.chosen <= set(range(len(stated)))
    assert 0 <= vote.unplaced <= sum(len(normal.skeleton(line)) for line in lines)
