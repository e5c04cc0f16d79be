"""The decorator that makes one test of many cases."""

from __future__ import annotations

import pytest

from tests.each import each


def test_every_case_is_tried_and_those_that_fail_are_told() -> None:
    tried = []

    @each(("number", "half"), [(2, 1), (4, 3), (6, 3), (8, 5)])
    def test(number: int, half: int) -> None:
        """Of halves."""
        tried.append(number)
        assert number == 2 * half

    with pytest.raises(ExceptionGroup, match="2 of 4 cases failed") as failed:
        test()
    assert tried == [2, 4, 6, 8]
    notes = [fault.__notes__ for fault in failed.value.exceptions]
    assert notes == [["the case: {'number': 4, 'half': 3}"], ["the case: {'number': 8, 'half': 5}"]]
    assert (test.__name__, test.__doc__) == ("test", "Of halves.")


def test_what_does_not_raise_as_it_should_is_told_with_its_case() -> None:
    @each("case", ["a", "b"])
    def test(case: str) -> None:
        with pytest.raises(ValueError, match="invalid"):
            int(case if case == "a" else "1")

    with pytest.raises(ExceptionGroup, match="1 of 2 cases failed") as failed:
        test()
    assert failed.value.exceptions[0].__notes__ == ["the case: {'case': 'b'}"]


def test_no_case_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="no case"):
        each("case", [])
