"""Signals of quality: what each figure says of small texts, and that none fails on any."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given

from archiver.model import Share
from archiver.text.quality import signals
from tests.each import each
from tests.strategies import any_text

RAIN = "Rain fell on the town and the river rose."


@given(any_text)
def test_any_text_has_signals_that_are_shares(text: str) -> None:
    found = signals(text, "en", (Share("en", "Latn", 1.0),))
    assert found.words == len(text.split())
    assert all(value is not None and value >= 0 for value in astuple(found))
    for name in ("digits", "punctuation", "words_with_letters", "bullet_lines", "duplicate_lines"):
        assert getattr(found, name) <= 1
    assert max(found.top_2gram, found.top_3gram, found.top_4gram) <= 1


@each(
    ("text", "name", "value"),
    [
        (RAIN, "words", 9),
        (RAIN, "lines", 1),
        (RAIN, "mean_word_length", 3.6667),
        (RAIN, "stop_words", 2),
        (RAIN, "top_2gram", 0.0),
        ("12 ab", "digits", 0.4),
        ("12 ab -", "words_with_letters", 0.3333),
        ("१२ बारिश हुई।", "digits", 0.1538),
        ("बारिश हुई।", "punctuation", 0.1),
        (f"{RAIN}\n\n{RAIN}", "duplicate_lines", 0.5),
        ("• one\n\ntwo", "bullet_lines", 0.5),
        ("one...\n\ntwo", "ellipsis_lines", 0.5),
        ("ab cd ab cd x y z", "top_2gram", 0.7273),
        ("ab cd ef gh ab cd ef gh", "top_4gram", 1.0),
        ("#a b", "symbols", 0.5),
    ],
)
def test_each_signal_says_what_it_is_called(text: str, name: str, value: float) -> None:
    assert getattr(signals(text, "en"), name) == value


def test_what_is_not_known_is_none() -> None:
    found = signals(RAIN, "und")
    assert (found.stop_words, found.main_language) == (None, None)


def test_the_share_of_the_main_language_is_that_of_its_paragraphs() -> None:
    told = (Share("hi", "Deva", 0.75), Share("en", "Latn", 0.25))
    assert signals(RAIN, "hi", told).main_language == 0.75


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hi", "सोमवार की सुबह शहर में बारिश हुई और सड़कों पर पानी भर गया।"),
        ("bn", "এই শহর থেকে তিনি এসেছেন, এবং একটি সেতু করা হয়েছে।"),
        ("ta", "இந்த நகரில் ஒரு பாலம் உள்ளது என்று அவர் கூறினார்."),
        ("ur", "شہر میں بارش ہوئی اور سڑکوں پر پانی بھر گیا۔"),
        ("ml", "നഗരത്തിൽ ഒരു പാലം ഉണ്ട് എന്ന് അദ്ദേഹം പറഞ്ഞു."),
    ],
)
def test_running_text_has_stop_words_in_every_script(language: str, text: str) -> None:
    found = signals(text, language).stop_words
    assert found is not None
    assert found >= 2
