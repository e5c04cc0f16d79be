"""Pages that name a font older than Unicode: converted where that is sure, else as they were."""

from __future__ import annotations

import html

import pytest

from archiver.extract import fonts
from tests.extract import cases_charset as cases
from tests.extract.laid import page

TYPED = {
    "Kruti Dev 010": (cases.KRUTI, "kruti-dev", "hi", "दिल्ली में आज"),
    "DevLys 010": (cases.KRUTI, "kruti-dev", "hi", "दिल्ली में आज"),
    "Preeti": (cases.PREETI, "preeti", "ne", "नेपाल सरकारले"),
    "SutonnyMJ": (cases.BIJOY, "bijoy", "bn", "ঢাকায় আজ"),
    "Bamini": (cases.BAMINI, "bamini", "ta", "தமிழ்நாட்டில் இன்று"),
    "AnmolLipi": (cases.ANMOL, "anmol-lipi", "pa", "ਪੰਜਾਬ ਵਿਚ"),
    "FMAbhaya": (cases.ABHAYA, "fm-abhaya", "si", "රටේ අත්සුම්"),
}
CREDIT = "Copyright 2004, all rights reserved"


def written(markup: str, text: str) -> bytes:
    """A page whose body is `markup`, with three times `text` in place of its ``{}``."""
    inside = html.escape(text, quote=False) * 3
    shown = f"<h1>A headline in English</h1>{markup}<p>{CREDIT}</p>"
    return f"<html><body>{shown.replace('{}', inside)}</body></html>".encode()


@pytest.mark.parametrize("name", sorted(TYPED))
def test_what_a_named_font_draws_is_the_text(name: str) -> None:
    typed, font, language, begins = TYPED[name]
    got = page(written(f'<p><font face="{name}, Arial">{{}}</font></p>', typed))
    assert (got.language, got.flags) == (language, (f"converted:{font}",))
    assert any(block.text.startswith(begins) for block in got.blocks)
    assert CREDIT in [block.text for block in got.blocks]


@pytest.mark.parametrize(
    "markup",
    [
        "<p style=\"color: red; font-family: 'Kruti Dev 010', Arial\">{}</p>",
        '<p style="font: bold 14px/1.5 Kruti Dev 010">{}</p>',
        "<style>/* of /* old */ .s p, td {font-family: Kruti Dev 010}</style><div class=s><p>{}</p></div>",
        '<p class="kruti-dev">{}</p>',
        '<div style="font-family:Kruti Dev 010"><p>{}</p><h2 style="font-family:Arial">Rain</h2></div>',
    ],
    ids=["style", "shorthand", "sheet", "class", "within"],
)
def test_a_font_is_named_in_many_ways(markup: str) -> None:
    got = page(written(markup, cases.KRUTI))
    assert got.flags == ("converted:kruti-dev",)
    assert "Rain" not in markup or "Rain" in [block.text for block in got.blocks]


@pytest.mark.parametrize(
    "name", ["Chanakya", "Arial, Kruti Dev 010", "Preeti", "Kruti Dev Unicode", "AnmolLipi"]
)
def test_what_is_not_sure_stays_and_is_flagged(name: str) -> None:
    """A font without a table, one that is asked for second, one that draws no language here."""
    got = page(written(f'<p style="font-family: {name}">{{}}</p>', cases.KRUTI))
    assert (got.language, got.flags) == ("und", ("legacy-font",))
    assert any(block.text.startswith("fnYyh esa") for block in got.blocks)


@pytest.mark.parametrize("name", sorted(TYPED))
@pytest.mark.parametrize(
    "what", ["English", "Hindi in ITRANS", "names", "short messages in Indonesian"]
)
def test_a_language_in_latin_letters_is_no_fonts_text(what: str, name: str) -> None:
    """Even where the page names such a font for it."""
    text = cases.ENGLISH if what == "English" else cases.PLAIN[what]
    as_it_was = f'<font face="{name}">{html.escape(text * 9)}</font>'
    assert fonts.converted(as_it_was) == (as_it_was, ())


def test_text_in_unicode_is_not_touched_by_the_name_of_its_font() -> None:
    hindi = "<p><font face='Kruti Dev 010'>दिल्ली में 5 MW</font></p>"
    assert fonts.converted(hindi) == (hindi, ())
