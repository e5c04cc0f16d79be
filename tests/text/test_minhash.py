"""Signatures tell from afar what two texts share, and likeness close by."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.text import minhash, search

# Of a text, once: another one means that `minhash.FORM` has to be another.
PINNED = "d61c227bb1e893dbbcf6a71176a91c93"
WORDS = st.lists(st.sampled_from("क ख ग घ a b c".split()), max_size=40)


def made(seed: int, count: int = 300) -> list[str]:
    chance = random.Random(seed)  # noqa: S311
    return [f"w{chance.randrange(2000)}" for _ in range(count)]


def changed(words: list[str], share: float, seed: int) -> list[str]:
    chance = random.Random(seed)  # noqa: S311
    return [f"x{chance.random()}" if chance.random() < share else word for word in words]


def plain_likeness(one: list[str], other: list[str]) -> float:
    """By the table of all prefixes."""
    last = [0] * (len(other) + 1)
    for word in one:
        now = [0]
        for at, its in enumerate(other):
            now.append(last[at] + 1 if word == its else max(last[at + 1], now[at]))
        last = now
    return 2 * last[-1] / (len(one) + len(other)) if one and other else 0.0


@given(WORDS, WORDS)
def test_likeness_is_the_longest_common_subsequence(one: list[str], other: list[str]) -> None:
    assert minhash.likeness(one, other) == plain_likeness(one, other)
    assert minhash.likeness(one, other) == minhash.likeness(other, one)


def test_a_moved_paragraph_costs_its_length_only() -> None:
    words = made(1)
    moved = words[250:] + words[:250]
    assert minhash.likeness(words, moved) >= 0.83


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.3])
def test_copies_share_keys_and_half_of_their_words(share: float) -> None:
    found = 0
    for seed in range(100):
        words = made(seed)
        copy = changed(words, share, seed)
        one, other = minhash.signature(words), minhash.signature(copy)
        assert one is not None
        assert other is not None
        found += bool(set(minhash.keys(one)) & set(minhash.keys(other)))
        assert minhash.likeness(words, copy) >= 0.5
    assert found >= 90


def test_unrelated_texts_share_neither() -> None:
    signatures = [minhash.signature(made(seed)) or b"" for seed in range(100)]
    keys = [key for one in signatures for key in minhash.keys(one)]
    assert len(keys) == len(set(keys))
    assert max(minhash.shared(signatures[0], minhash.numbers(signatures[1:]))) < 0.05
    assert minhash.likeness(made(1), made(2)) < 0.2


def test_the_share_of_a_signature_is_that_of_the_pairs() -> None:
    words = made(3)
    copy = changed(words, 0.2, 3)
    one, other = ({*pairwise(text)} for text in (words, copy))
    true = len(one & other) / len(one | other)
    found = minhash.shared(
        minhash.signature(words) or b"", minhash.numbers([minhash.signature(copy) or b""])
    )
    assert found[0] == pytest.approx(true, abs=0.1)


def test_few_words_have_no_signature_and_many_end_somewhere() -> None:
    assert minhash.signature(made(1, minhash.FEWEST - 1)) is None
    assert minhash.signature(made(1, minhash.FEWEST)) is not None
    long = made(1, minhash.MOST)
    assert minhash.signature([*long, "more"]) == minhash.signature(long)
    assert minhash.likeness([*long, "more"], long) == 1.0


def test_keys_are_small_and_distinct_by_band() -> None:
    keys = minhash.keys(minhash.signature(made(1)) or b"")
    assert len(set(keys)) == minhash.BANDS
    assert all(0 <= key < 1 << 46 for key in keys)


def test_a_signature_is_the_same_in_every_process() -> None:
    words = search.forms("एक दो तीन चार पाँच छह सात आठ नौ दस " * 3)
    assert (minhash.signature(words) or b"").hex()[:32] == PINNED
