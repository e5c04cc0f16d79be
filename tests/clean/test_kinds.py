"""Each kind of rule on small pages: what it takes, and what it must leave."""

from __future__ import annotations

import pytest

from archiver.clean import kinds
from tests.clean.cleaned import html, plain, rule

# Paragraphs long enough to be read as prose.
ONE = (
    "The bridge over the river was opened again on Wednesday morning, two winters after the flood."
)
TWO = (
    "About two hundred people waited in light rain for the ribbon to be cut by the oldest of them."
)
THREE = "The council will look after the lamps, and the school buses take their old way again from Monday."
HINDI = "पुल खुलने से दोनों गांवों के लोगों को बड़ी राहत मिली है और अब बच्चे समय पर स्कूल पहुंच रहे हैं।"


def lines(*texts: str) -> str:
    return "\n\n".join(texts)


def test_line_takes_the_line_that_a_phrase_fills_and_no_other() -> None:
    got = plain(lines(ONE, "» READ MORE:", "Read more books", TWO), rule("line", "Read more"))
    assert got.kept == [ONE, "Read more books", TWO]
    assert got.removed == [("chrome", "» READ MORE:")]


def test_a_wildcard_runs_over_at_most_sixty_letters() -> None:
    acting = rule("line", "Photo: {}")
    got = plain(lines(ONE, "Photo: A. Khan", f"Photo: {'x' * 80}", TWO), acting)
    assert got.removed == [("chrome", "Photo: A. Khan")]


def test_a_phrase_that_needs_context_is_text_between_paragraphs() -> None:
    acting = rule("line", "Print", needs_context=True)
    assert plain(lines(ONE, "Print", TWO), acting).kept == [ONE, "Print", TWO]
    assert plain(lines(ONE, TWO, "Print"), acting).kept == [ONE, TWO]
    assert plain(lines(ONE, "Share", "Print", "Email", TWO), acting).kept == [ONE, "Share", "Email", TWO]  # fmt: skip


def test_prefix_takes_the_label_with_what_it_introduces() -> None:
    acting = rule("prefix", "Also Read:")
    got = plain(lines(ONE, "Also Read: Mill wheel turns", TWO, "Also reading: she"), acting)
    assert got.kept == [ONE, TWO, "Also reading: she"]


def test_a_prefix_never_ends_inside_a_word() -> None:
    """A vowel sign or a joiner after the phrase makes another word of it."""
    acting = rule("prefix", "यह भी पढ़े")
    kept = ["यह भी पढ़ेंगे बच्चे", "यह भी पढ़ें आप", "यह भी पढ़े\u200dगा"]
    got = plain(lines(HINDI, *kept, "यह भी पढ़े नया पुल", HINDI + " फिर।"), acting)
    assert got.removed == [("chrome", "यह भी पढ़े नया पुल")]


def test_suffix_takes_the_end_and_keeps_what_stands_before_it() -> None:
    acting = rule("suffix", "read more", "Photo: {}")
    got = plain(lines(f"{ONE} Read more »", f"{TWO} Photo: A. Khan", "They thread more"), acting)
    assert got.kept == [ONE, TWO, "They thread more"]


def test_sentence_takes_the_sentence_and_keeps_the_paragraph() -> None:
    acting = rule("sentence", "join our WhatsApp channel")
    got = plain(lines(f"{ONE} Do join our WhatsApp channel today! {TWO}", THREE), acting)
    assert got.kept == [f"{ONE} {TWO}", THREE]
    assert got.removed == [("chrome", "Do join our WhatsApp channel today! ")]


def test_sentence_ends_at_the_danda() -> None:
    acting = rule("sentence", "चैनल से जुड़ें")
    got = plain(f"{HINDI} हमारे चैनल से जुड़ें। {HINDI}", acting)
    assert got.kept == [f"{HINDI} {HINDI}"]


def test_from_here_takes_the_rest_only_where_more_text_stands_before() -> None:
    acting = rule("from_here", "Leave a Reply")
    below = [
        "Name",
        "A comment that is long enough to be read as a paragraph of text, with a stop.",
    ]
    got = plain(lines("Leave a Reply", ONE, TWO, THREE, "Leave a Reply", *below), acting)
    assert got.kept == ["Leave a Reply", ONE, TWO, THREE]
    assert plain(lines(ONE, "Leave a Reply", TWO, THREE), acting).removed == []


def test_run_takes_the_short_lines_under_a_heading_until_prose_resumes() -> None:
    acting = rule("run", "Related Articles")
    got = plain(lines(ONE, "Related Articles", "Lamp lighters", "Orchard day", "What comes next", TWO), acting)  # fmt: skip
    assert got.kept == [ONE, "What comes next", TWO]


def test_run_leaves_the_subheading_that_follows_it() -> None:
    got = plain(lines(ONE, "Related Articles", "What comes next", TWO), rule("run", "Related Articles"))  # fmt: skip
    assert got.kept == [ONE, "What comes next", TWO]


def test_run_at_the_end_takes_all_labels() -> None:
    got = plain(lines(ONE, TWO, "Related Articles", "Lamp lighters", "Orchard day"), rule("run", "Related Articles"))  # fmt: skip
    assert got.kept == [ONE, TWO]


def test_run_above_a_text_without_stops_takes_no_line_of_it() -> None:
    """A poem or a list has no paragraph: there only links are sure to be chrome."""
    poem = ["The river took the bridge", "the winter took the road", "we walk upon the water"]
    assert plain(lines("Share", *poem), rule("run", "Share")).kept == poem


def test_many_headings_of_runs_end_quickly() -> None:
    got = plain("\n".join(["Related Articles", "x y"] * 20_000), rule("run", "Related Articles"))
    assert len(got.kept) == 20_000


def test_many_headings_of_comment_forms_end_quickly() -> None:
    got = plain("\n".join(["Leave a Reply"] * 40_000), rule("from_here", "Leave a Reply"))
    assert len(got.kept) == 20_000


def article(*parts: str) -> str:
    return "<article>" + "".join(parts) + "</article>"


def p(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def test_container_takes_blocks_inside_the_element() -> None:
    acting = rule("container", selectors=(".teaser",))
    body = article(p(ONE * 2), f"<div class='teaser x'>{p('Mill wheel turns')}</div>", p(TWO * 2, THREE * 2))  # fmt: skip
    got = html(body, acting)
    assert got.kept == [ONE * 2, TWO * 2, THREE * 2]
    assert ("chrome", "Mill wheel turns") in got.removed


def test_container_takes_the_part_of_a_line_inside_the_element() -> None:
    acting = rule("container", selectors=(".credit",))
    body = article(p(f"{ONE} {TWO} <span class=credit>Photo: A. Khan</span>", THREE * 2, ONE * 3))
    got = html(body, acting)
    assert got.kept == [f"{ONE} {TWO}", THREE * 2, ONE * 3]
    assert ("chrome", " Photo: A. Khan") in got.removed


def test_a_container_that_holds_the_whole_article_takes_nothing_of_it() -> None:
    """A class that names a part on one site is on the body of another."""
    acting = rule("container", selectors=(".newsletter",))
    got = html(f"<div class=newsletter>{article(p(ONE * 2, TWO * 2, THREE * 2))}</div>", acting)
    assert got.kept == [ONE * 2, TWO * 2, THREE * 2]


def test_title_takes_every_line_that_repeats_the_headline() -> None:
    got = plain(lines("News", "The old bridge opens again", ONE, "“The Old Bridge opens again”", "The old bridge opens again |", TWO), rule("title"))  # fmt: skip
    assert got.document.metadata.title == "The old bridge opens again"
    assert got.kept == ["News", ONE, "“The Old Bridge opens again”", TWO]


def test_above_title_takes_short_lines_and_no_paragraph() -> None:
    got = plain(lines("Bridge deal", "The old bridge opens again", ONE, TWO), rule("above_title", label="kicker"), rule("title", label="title", id="t2"))  # fmt: skip
    assert got.kept == [ONE, TWO]
    assert got.document.metadata.kicker == "Bridge deal"


def test_without_a_headline_nothing_is_above_it() -> None:
    assert plain(lines("Bridge", ONE, TWO), rule("above_title")).kept == ["Bridge", ONE, TWO]


def test_standfirst_takes_a_summary_that_the_text_says_again() -> None:
    again = f"{TWO} {ONE}"
    got = plain(lines(ONE, THREE, again), rule("standfirst", label="description"))
    assert got.kept == [THREE, again]
    assert got.document.metadata.description == ONE


def test_an_opening_that_says_something_of_its_own_is_no_standfirst() -> None:
    opening = f"{ONE} {THREE}"
    assert plain(lines(opening, TWO, ONE), rule("standfirst")).kept == [opening, TWO, ONE]


DATED = rule("date_line", "published", label="published_label")


def test_date_line_takes_a_line_that_is_only_the_date() -> None:
    got = plain(lines("The old bridge opens again", "Published: 14 November 2025, 9:05 am", ONE, TWO), DATED)  # fmt: skip
    assert got.removed == [("published_label", "Published: 14 November 2025, 9:05 am")]
    assert (got.document.metadata.published, got.document.metadata.published_source) == ("2025-11-14T09:05", "text")  # fmt: skip


def test_the_dates_of_a_chronicle_are_its_subheadings() -> None:
    text = lines(ONE, "12 November 2025", TWO, "14 November 2025", THREE)
    got = plain(text, DATED)
    assert got.kept == [ONE, "12 November 2025", TWO, "14 November 2025", THREE]
    assert got.document.metadata.published is None


def test_dates_that_disagree_are_no_date_of_publication() -> None:
    got = plain(lines("12 November 2025", "14 November 2025", ONE, TWO), DATED)
    assert got.document.metadata.published is None


def test_a_date_in_another_line_is_text() -> None:
    assert plain(lines("Born 14 November 2025", ONE, TWO), DATED).removed == []


def test_dateline_takes_place_outlet_and_headline() -> None:
    got = plain(lines("Pune / Courier / The old bridge opens again", ONE, TWO), rule("dateline", label="dateline"))  # fmt: skip
    told = got.document.metadata
    assert got.kept == [ONE, TWO]
    assert (told.title, told.dateline, told.agency) == ("The old bridge opens again", "Pune", "Courier")  # fmt: skip


def test_slashes_between_paragraphs_are_text() -> None:
    line = "Oak / ash / the trees of the valley"
    got = plain(lines("The old bridge opens again", ONE, line, TWO), rule("dateline"))
    assert line in got.kept


AGENCY = rule("caption", "Reuters", "AFP", "Photo: {}", label="caption")


def test_a_credit_glued_to_the_last_stop_makes_the_line_a_caption() -> None:
    got = plain(lines(ONE, "Walkers cross the bridge.Reuters", TWO), AGENCY)
    assert got.kept == [ONE, TWO]
    assert [(c.text, c.credit) for c in got.document.captions] == [("Walkers cross the bridge.", "Reuters")]  # fmt: skip


def test_a_credit_after_a_blank_makes_no_caption_of_a_paragraph() -> None:
    """Without a date it is a sign-off: the sentences before it are the story's."""
    got = plain(lines(f"{ONE} Reuters", TWO), AGENCY)
    assert got.kept == [ONE, TWO]
    assert got.document.captions == ()


def test_a_dated_line_with_a_credit_is_a_caption() -> None:
    got = plain(lines(ONE, "Walkers cross the bridge on 4 May 2025. Reuters", TWO), AGENCY)
    assert got.kept == [ONE, TWO]
    assert [c.credit for c in got.document.captions] == ["Reuters"]


def test_the_final_sign_off_alone_is_cut_from_the_last_paragraph() -> None:
    got = plain(lines(ONE, f"{TWO}AFP"), AGENCY)
    assert got.kept == [ONE, TWO]
    assert got.document.metadata.agency == "AFP"
    assert got.document.captions == ()


def test_an_agency_alone_is_a_credit_and_the_dated_line_above_it_its_caption() -> None:
    got = plain(lines(ONE, "A craftsman on 9 November 2025 in the old library.", "Reuters", TWO), AGENCY)  # fmt: skip
    assert got.kept == [ONE, TWO]
    assert [(c.text, c.credit) for c in got.document.captions] == [("A craftsman on 9 November 2025 in the old library.", "Reuters")]  # fmt: skip


def test_without_corroboration_the_paragraph_above_a_credit_stays() -> None:
    got = plain(lines(ONE, THREE, "Reuters", TWO), AGENCY)
    assert got.kept == [ONE, THREE, TWO]
    assert got.removed == [("photo_credit", "Reuters")]
    assert got.document.captions == ()


def test_a_subheading_above_a_credit_stays() -> None:
    body = article(p(ONE * 2), "<h2>On 4 May 2025</h2>", p("Reuters"), p(TWO * 2, THREE * 2))
    assert "On 4 May 2025" in html(body, AGENCY).kept


def test_an_agency_inside_a_sentence_is_text() -> None:
    kept = [ONE, "He told Reuters that the bridge was safe.", TWO, "She works for AFP."]
    assert plain(lines(*kept, THREE), AGENCY).kept == [*kept, THREE]


def test_repeated_takes_the_second_copy_of_a_paragraph() -> None:
    got = plain(lines(ONE, "Again", TWO, "Again", ONE), rule("repeated"))
    assert got.kept == [ONE, "Again", TWO, "Again"]


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_no_kind_trips_over_a_page_with_little_on_it(kind: str) -> None:
    acting = rule(kind, "x", selectors=(".x",))
    for text in ("x", "x\nx", ".", "।", "x\n\n14 November 2025"):
        plain(text, acting)
        html(f"<p class=x>{text}", acting)
