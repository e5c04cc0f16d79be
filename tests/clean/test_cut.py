"""The cut: kept text and removed spans together are every block, character for character."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from archiver.clean import cut
from archiver.model import Block, Mark
from archiver.text import normal
from tests.clean.cleaned import rule
from tests.strategies import texts

names = st.sampled_from(["a", "b", "base.caption", "en.related"])


@st.composite
def cuts(draw: st.DrawFn) -> tuple[list[Block], frozenset[int], list[Mark], dict[str, int]]:
    """Blocks of arbitrary text, which of them are main, and marks all over and beside them."""
    stated = draw(st.lists(texts.map(normal.collapse).filter(bool), max_size=5))
    blocks = [Block(f"/p[{n}]", text) for n, text in enumerate(stated, 1)]
    main = draw(st.frozensets(st.integers(0, max(0, len(blocks) - 1))))
    mark = st.builds(
        lambda block, start, length, rule: Mark(block, start, start + length, rule, rule[:1]),
        st.integers(0, len(blocks)),
        st.integers(-2, 60),
        st.integers(0, 70),
        names,
    )
    strengths = draw(st.dictionaries(names, st.integers(0, 2)))
    return blocks, main, draw(st.lists(mark, max_size=8)), strengths


def pieces(blocks: list[Block], marks: tuple[Mark, ...]) -> list[list[tuple[str, bool]]]:
    """Every block as its stretches, kept and removed, in order."""
    found = []
    of: dict[int, list[Mark]] = {}
    for mark in marks:
        of.setdefault(mark.block, []).append(mark)
    for number, block in enumerate(blocks):
        at, of_block = 0, []
        for mark in of.get(number, ()):
            of_block.append((block.text[at : mark.start], True))
            of_block.append((block.text[mark.start : mark.end], False))
            at = mark.end
        of_block.append((block.text[at:], True))
        found.append(of_block)
    return found


@given(cuts())
def test_kept_and_removed_are_every_block(
    case: tuple[list[Block], frozenset[int], list[Mark], dict[str, int]],
) -> None:
    blocks, main, spoken, strengths = case
    marks = cut.resolve(blocks, main, spoken, strengths)
    parts = pieces(blocks, marks)
    assert ["".join(text for text, _ in part) for part in parts] == [b.text for b in blocks]
    kept = dict(cut.kept(blocks, marks))
    for number, part in enumerate(parts):
        assert kept.get(number, "") == "".join(text for text, stays in part if stays)


@given(cuts())
def test_marks_are_sorted_disjoint_and_inside_their_blocks(
    case: tuple[list[Block], frozenset[int], list[Mark], dict[str, int]],
) -> None:
    blocks, main, spoken, strengths = case
    marks = cut.resolve(blocks, main, spoken, strengths)
    assert list(marks) == sorted(marks)
    for one, other in pairwise(marks):
        assert one.block < other.block or one.end <= other.start
    assert all(0 <= m.start < m.end <= len(blocks[m.block].text) for m in marks)


@given(cuts(), st.randoms())
def test_the_order_of_marks_does_not_matter(
    case: tuple[list[Block], frozenset[int], list[Mark], dict[str, int]], random: st.DataObject
) -> None:
    blocks, main, spoken, strengths = case
    shuffled = list(spoken)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert cut.resolve(blocks, main, spoken, strengths) == cut.resolve(
        blocks, main, shuffled, strengths
    )


@given(cuts())
def test_what_is_not_main_is_removed_whole_and_kept_text_has_a_letter(
    case: tuple[list[Block], frozenset[int], list[Mark], dict[str, int]],
) -> None:
    blocks, main, spoken, strengths = case
    marks = cut.resolve(blocks, main, spoken, strengths)
    kept = dict(cut.kept(blocks, marks))
    assert set(kept) <= main
    touched = {mark.block for mark in marks}
    for number, text in kept.items():
        assert text == normal.trim(text) or number not in touched
        if number in touched:
            assert any(normal.trim(character) for character in text)


def resolved(text: str, *spans: tuple[int, int]) -> str:
    blocks = [Block("/p", text)]
    marks = [Mark(0, start, end, "r", "k") for start, end in spans]
    return "".join(kept for _, kept in cut.kept(blocks, cut.resolve(blocks, {0}, marks, {})))


def test_one_blank_stays_where_a_stretch_between_two_is_cut() -> None:
    assert resolved("One. Two. Three.", (5, 9)) == "One. Three."
    assert resolved("One. Two. Three.", (5, 10)) == "One. Three."
    assert resolved("One. Two. Three.", (4, 9)) == "One. Three."


def test_words_are_never_glued_by_a_cut_between_them() -> None:
    """A footnote's sign that stands at its word leaves the blank after it."""
    assert resolved("word1 next", (4, 5)) == "word next"


def test_blanks_at_the_ends_go_with_the_cut() -> None:
    assert resolved("Label: the text", (0, 6)) == "the text"
    assert resolved("The text. Reuters", (10, 17)) == "The text."


def test_a_rest_without_a_letter_goes_with_the_cut() -> None:
    assert resolved("» Read more »", (2, 11)) == ""
    assert resolved("(Reuters)", (1, 8)) == ""


def test_a_joiner_beside_a_cut_stays() -> None:
    assert resolved("क\u200d Reuters", (3, 10)) == "क\u200d"


def test_the_longer_mark_wins_then_the_stronger_rule_then_the_name() -> None:
    blocks = [Block("/p", "abcdef")]
    whole = [Mark(0, 0, 6, "z", "z"), Mark(0, 0, 6, "a", "a"), Mark(0, 0, 3, "0", "0")]
    assert [m.rule for m in cut.resolve(blocks, {0}, whole, {})] == ["a"]
    assert [m.rule for m in cut.resolve(blocks, {0}, whole, {"z": 0, "a": 1})] == ["z"]
    assert [m.rule for m in cut.resolve(blocks, set(), whole[2:], {})] == [cut.NOT_MAIN]


def test_words_tell_more_than_a_place_among_links() -> None:
    """A labelled teaser is removed for its label, whatever the names of the two rules."""
    assert cut.strength(rule("prefix", "Also read")) < cut.strength(rule("teasers"))
