"""The ends of stories: what looks like chrome by its words alone, and is told by somebody."""

from __future__ import annotations

import pytest

from tests.clean.cleaned import chosen, html, plain, rule

ONE = "The council opened the wooden footbridge over the river on Wednesday, after two winters."
TWO = "Two hundred people waited in light rain for the ribbon to be cut by the oldest of them."
THREE = "The lamps are paid for by the district, and the school buses take their old way again."


@pytest.mark.parametrize(
    "last",
    [
        "Police asked people to download the app only from the Play Store, and not from WhatsApp.",
        "“Join us on WhatsApp, Telegram and Facebook,” the men told the students at the gate.",
        "उन्होंने कहा कि हमारे व्हाट्सऐप ग्रुप और फेसबुक पेज से जुड़ें, यह संदेश झूठा था।",
    ],
)
def test_what_somebody_said_of_services_is_the_story(last: str) -> None:
    assert html(f"<article><p>{ONE}<p>{TWO}<p>{last}</article>").kept[-1] == last
    assert plain(f"{ONE}\n\n{TWO}\n\n{last}").kept[-1] == last


@pytest.mark.parametrize(
    "last",
    [
        "Follow us on Instagram, the girls shouted at the minister.",
        "About the author of the letter nothing is known.",
        "Written by hand, the letter was never sent.",
        "Read more: that was the advice her teacher gave to every child.",
        "हमें फॉलो करें, लड़कियों ने मंत्री से चिल्लाकर कहा।",
    ],
)
def test_a_sentence_that_opens_like_a_label_stays_wherever_it_stands(last: str) -> None:
    for text in ([ONE, TWO, last], [ONE, last, TWO]):
        assert plain("\n\n".join(text)).kept == text


def test_a_year_on_the_last_line_is_no_code() -> None:
    code = rule("closing_code", "ANI")
    assert plain(f"{ONE}\n\n{TWO}\n\n1957", code).kept[-1] == "1957"
    assert plain(f"{ONE}\n\n{TWO}\n\n17302", code).kept[-1] == TWO


def test_a_table_of_which_a_third_is_chosen_stays_whole() -> None:
    rows = "".join(f"<tr><td>{name}</td><td>{n}</td></tr>" for n, name in enumerate("ABC", 11))
    page = f"<div><p>{ONE}</p><p>{TWO}</p><table>{rows}</table></div>"
    kept = chosen(page, rule("stray"), scores=[5, 5, 5, -9, 5, -9, -9, -9]).kept
    assert kept == [ONE, TWO, "A", "11", "B", "12", "C", "13"]


def test_a_list_that_a_colon_leads_to_stays() -> None:
    page = f"<div><p>{ONE}</p><p>The winners are:</p><ul><li>Asha</li><li>Ravi</li></ul></div>"
    assert chosen(page, rule("stray"), scores=[5, 5, -9, -9]).kept[-2:] == ["Asha", "Ravi"]


def test_the_next_story_of_an_endless_page_goes() -> None:
    def story(title: str, *texts: str) -> str:
        inside = "".join(f"<p>{text}</p>" for text in texts)
        return f"<article class='post hentry'><h1>{title}</h1>{inside}</article>"

    page = story("Bridge opens", ONE, TWO) + story("Lamps are lit", THREE, f"Again {THREE}")
    assert chosen(page, rule("next_story")).kept == ["Bridge opens", ONE, TWO]


def test_sections_of_one_story_are_no_next_stories() -> None:
    parts = "".join(f"<section><h2>Part</h2><p>{ONE}</p><p>{TWO} {n}</p></section>" for n in "12")
    page = f"<article><h1>Bridge opens</h1><p>{THREE}</p>{parts}</article>"
    assert len(chosen(page, rule("next_story")).kept) == 8
    entries = "".join(f"<article><h2>Now</h2><p>{ONE} {n}</p><p>{TWO}</p></article>" for n in "123")
    assert len(chosen(f"<div><h1>Live</h1>{entries}</div>", rule("next_story")).kept) == 10


def test_a_byline_with_a_label_is_no_text_where_the_page_names_its_author() -> None:
    head = "<title>Bridge opens</title><meta name=author content='Ravi Nair'>"
    page = f"<article><h1>Bridge opens</h1><p>By Ravi Nair</p><p>{ONE}<p>{TWO}<p>{THREE}</article>"
    assert html(page, head=head).kept == [ONE, TWO, THREE]
