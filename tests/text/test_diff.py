"""Diffs: they say what is there, whole and in order, in bounded work, and never cut a letter."""

from __future__ import annotations

import random
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.text import diff
from archiver.text.prose import is_word_character
from archiver.text.terminal import safe, safe_json

LINES = st.lists(st.sampled_from("a b c d e f".split()), max_size=30)
TEXT = st.text(st.sampled_from("ab ,\n।") | st.characters(max_codepoint=0xFFF), max_size=60)


def ops(old: list[str], new: list[str]) -> list[tuple[str, int | None, int | None]]:
    return [(line.op, line.old, line.new) for line in diff.lines(old, new).lines]


@given(LINES, LINES)
def test_every_line_of_both_lists_is_told_once(old: list[str], new: list[str]) -> None:
    found = diff.lines(old, new)
    assert sorted(one.old for one in found.lines if one.old is not None) == list(range(len(old)))
    assert [one.new for one in found.lines if one.new is not None] == list(range(len(new)))
    for one in found.lines:
        if one.op in ("same", "moved"):
            assert one.old is not None
            assert one.new is not None
            assert old[one.old] == new[one.new]
        elif one.op == "changed":
            assert one.old is not None
            assert one.new is not None
            assert old[one.old] != new[one.new]
        else:
            assert (one.old is None) == (one.op == "added")
            assert (one.new is None) == (one.op == "gone")


@given(LINES)
def test_a_list_is_the_same_as_itself(lines: list[str]) -> None:
    assert {op for op, _, _ in ops(lines, lines)} <= {"same"}


@given(TEXT, TEXT)
def test_a_line_by_words_is_both_lines(old: str, new: str) -> None:
    found = diff.words(old, new)
    assert "".join(text for op, text in found if op != "added") == old
    assert "".join(text for op, text in found if op != "gone") == new


@given(TEXT)
def test_tokens_are_the_text_and_no_mark_or_joiner_begins_one(text: str) -> None:
    found = diff.tokens(text)
    assert "".join(found) == text
    for before, token in pairwise(found):
        if unicodedata.category(token[0])[0] == "M" or token[0] in "\u200c\u200d":
            assert not is_word_character(before[-1])


def test_a_vowel_sign_and_a_joiner_change_a_whole_word() -> None:
    assert diff.words("यह किताब है", "यह कीताब है") == [
        ("same", "यह "),
        ("gone", "किताब"),
        ("added", "कीताब"),
        ("same", " है"),
    ]
    assert ("gone", "می\u200cرود") in diff.words("او می\u200cرود.", "او میرود.")


def test_a_line_that_moved_is_neither_gone_nor_new() -> None:
    assert ops(list("abcd"), list("dabc")) == [
        ("moved", 3, 0),
        ("same", 0, 1),
        ("same", 1, 2),
        ("same", 2, 3),
    ]


def test_a_line_that_keeps_its_words_has_changed_and_another_has_not() -> None:
    old = ["one", "The bridge was opened on Monday in the rain.", "two"]
    new = ["one", "Read also: ten pictures", "The bridge was opened on Friday in the rain.", "two"]
    assert ops(old, new) == [("same", 0, 0), ("added", None, 1), ("changed", 1, 2), ("same", 2, 3)]


def hard(name: str, size: int) -> tuple[list[str], list[str]]:
    """Two lists of so many lines, or of half as many."""
    numbers = random.Random(1)  # noqa: S311 - the same lists in every run
    if name == "all_changed":
        return [f"line {n}" for n in range(size)], [f"row {n}" for n in range(size)]
    if name == "islands":
        marks = [f"mark {n}" for n in range(80)]
        old, new = ("ab" * (size // 400), "baa" * (size // 400))
        return [one for m in marks for one in (*old, m)], [one for m in marks for one in (*new, m)]
    lines = "ab" if name == "two_lines" else [str(n) for n in range(size // 5)]
    return numbers.choices(lines, k=size), numbers.choices(lines, k=size)


@pytest.mark.parametrize("share", [0.1, pytest.param(1.0, marks=pytest.mark.large)])
@pytest.mark.parametrize("name", ["all_changed", "islands", "repeated", "two_lines"])
def test_a_hard_pair_of_long_lists_ends_and_says_that_it_is_coarse(
    name: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The square of the length of all of it would be sixteen hundred million steps."""
    for bound in ("_STRETCH", "_ALL", "_PAIRS", "_ALL_PAIRS"):
        monkeypatch.setattr(diff, bound, int(getattr(diff, bound) * share * share))
    old, new = hard(name, int(40_000 * share))
    found = diff.lines(old, new)
    assert found.coarse
    assert len(found.lines) >= len(new)


def test_a_long_list_with_few_changes_is_told_exactly() -> None:
    old = [f"paragraph {n} of the page" for n in range(20_000)]
    new = [f"{line}, changed" if n % 200 == 0 else line for n, line in enumerate(old)]
    found = diff.lines(old, new)
    assert not found.coarse
    assert sum(line.op == "changed" for line in found.lines) == 100


@given(st.text())
def test_nothing_that_is_printed_steers_a_terminal(text: str) -> None:
    shown = safe(text)
    assert not any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in shown)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(sign) == "Cc" for sign in safe_json(text))
