"""Each kind of rule on small pages: what it takes, and what it must leave."""

from __future__ import annotations

import pytest

from archiver.clean import kinds
from tests.clean.cleaned import chosen, html, plain, rule
from tests.each import each

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
    assert plain(lines("Share", "Print", "Email", ONE, TWO), acting).kept == ["Share", "Email", ONE, TWO]  # fmt: skip


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


MANY = pytest.mark.parametrize("many", [2000, pytest.param(20_000, marks=pytest.mark.large)])


@MANY
def test_a_long_line_of_sentences_ends_quickly(many: int) -> None:
    acting = rule("sentence", "join our channel")
    assert plain("Do join our channel. " * 2 * many + "It rained.", acting).kept == ["It rained."]


def test_from_here_takes_the_rest_only_where_more_text_stands_before() -> None:
    acting = rule("from_here", "Leave a Reply")
    below = [
        "Name",
        "A comment that is long enough to be read as a paragraph of text, with a stop.",
    ]
    got = plain(lines("Leave a Reply", ONE, TWO, THREE, "Leave a Reply", *below), acting)
    assert got.kept == ["Leave a Reply", ONE, TWO, THREE, *below]
    acting = rule("from_here", "Leave a Reply", "Your email address will not be published{}")
    note = "Your email address will not be published. Required fields are marked *"
    got = plain(lines(ONE, TWO, THREE, "Leave a Reply", note, *below), acting)
    assert got.kept == [ONE, TWO, THREE]
    assert plain(lines(ONE, "Leave a Reply", TWO, THREE), acting).removed == []


def test_from_here_takes_comments_by_the_element_that_is_named_for_them() -> None:
    acting = rule("from_here", "Leave a Reply")
    comments = f"<div class=comment-list>{p(THREE * 2)}</div>"
    got = html(article(p(ONE * 2, TWO * 2), "<h3>Leave a Reply</h3>", comments), acting)
    assert got.kept == [ONE * 2, TWO * 2]


def test_from_here_on_a_page_that_is_named_for_comments_leaves_the_story() -> None:
    body = f"<div class=comments-open>{article(p(ONE * 2, TWO * 2), '<h3>Leave a Reply</h3>', p(THREE))}</div>"
    assert chosen(body, rule("from_here", "Leave a Reply")).kept == [ONE * 2, TWO * 2, THREE]


def test_run_takes_the_links_under_a_heading_until_prose_resumes() -> None:
    teasers = "<li><a href=/1>Lamp lighters</a></li><li><a href=/2>Orchard day</a></li>"
    body = article(p(ONE * 2), f"<h2>Related Articles</h2><ul>{teasers}</ul>", "<h2>What comes next</h2>", p(TWO * 2, THREE * 2))  # fmt: skip
    got = html(body, rule("run", "Related Articles"))
    assert got.kept == [ONE * 2, "What comes next", TWO * 2, THREE * 2]


def test_a_list_under_the_words_of_a_heading_is_text_where_prose_resumes() -> None:
    items = ["Anna: 40 per cent", "Ravi: 30", "Sita: 30"]
    assert plain(lines(ONE, "Share", *items, TWO), rule("run", "Share")).kept == [ONE, "Share", *items, TWO]  # fmt: skip


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


@MANY
def test_many_headings_of_runs_end_quickly(many: int) -> None:
    labels = ["Related Articles", "x y"] * many
    assert len(plain("\n".join(labels), rule("run", "Related Articles")).kept) == 2 * many - 1
    assert plain("\n".join([ONE, *labels]), rule("run", "Related Articles")).kept == [ONE]


@MANY
def test_many_headings_of_comment_forms_end_quickly(many: int) -> None:
    got = plain("\n".join(["Leave a Reply"] * 2 * many), rule("from_here", "Leave a Reply"))
    assert len(got.kept) == many


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
    assert (told.title, told.dateline, told.agencies) == ("The old bridge opens again", "Pune", ("Courier",))  # fmt: skip


def test_slashes_between_paragraphs_are_text() -> None:
    line = "Oak / ash / the trees of the valley"
    got = plain(lines("The old bridge opens again", ONE, line, TWO), rule("dateline"))
    assert line in got.kept


AGENCY = rule("caption", "Reuters", "AFP", "Photo: {}", label="caption")


CAPTION = "Walkers cross the old bridge in Pune on 4 May 2025."


def test_a_dated_line_with_its_credit_glued_to_it_is_a_caption() -> None:
    got = plain(lines(ONE, f"{CAPTION}Reuters", TWO), AGENCY)
    assert got.kept == [ONE, TWO]
    assert [(c.text, c.credit) for c in got.document.captions] == [(CAPTION, "Reuters")]


def test_without_a_date_the_sentence_before_a_glued_credit_stays() -> None:
    got = plain(lines(ONE, '"We shall not go," she wrote.AFP', TWO), AGENCY)
    assert got.kept == [ONE, '"We shall not go," she wrote.', TWO]


@pytest.mark.parametrize("sign_off", ["AFP", "Reuters"])
def test_the_last_paragraph_is_no_caption_whatever_closes_it(sign_off: str) -> None:
    last = "The minister will visit the town on 14 November 2025 and open the bridge by himself."
    for ending in ([last, sign_off], [f"{last} {sign_off}"], [f"{last}{sign_off}"]):
        got = plain(lines(ONE, TWO, *ending), AGENCY)
        assert got.kept == [ONE, TWO, last]
        assert got.document.metadata.agencies == (sign_off,)


def test_a_dated_paragraph_with_a_sign_off_stays_inside_the_text() -> None:
    told = "Nine people died when the bridge fell on 4 May 2025, the mayor wrote to the council."
    assert plain(lines(ONE, told, "AFP", TWO), AGENCY).kept == [ONE, told, TWO]
    assert plain(lines(ONE, f"{told} AFP", TWO), AGENCY).kept == [ONE, told, TWO]


def test_a_round_up_whose_parts_are_signed_off_has_no_captions() -> None:
    parts = [f"The bridge number {n} was opened to the people of the town on {n} May 2025." for n in range(1, 5)]  # fmt: skip
    assert plain(lines(*(f"{part}AFP" for part in parts), ONE), AGENCY).kept == [*parts, ONE]


def test_a_line_worded_like_a_known_caption_is_one_without_a_glued_credit() -> None:
    alike = "Children look on as walkers cross the old bridge in Pune on 4 May 2025. AFP"
    got = plain(lines(ONE, f"{CAPTION}Reuters", TWO, alike, THREE), AGENCY)
    assert got.kept == [ONE, TWO, THREE]


def test_the_final_sign_off_alone_is_cut_from_the_last_paragraph() -> None:
    got = plain(lines(ONE, f"{TWO}AFP"), AGENCY)
    assert got.kept == [ONE, TWO]
    assert got.document.metadata.agencies == ("AFP",)
    assert got.document.captions == ()


def test_an_agency_alone_takes_no_dated_line_that_is_worded_its_own_way() -> None:
    alone = "Nine people died on 9 November 2025 in the old library."
    got = plain(lines(ONE, f"{CAPTION}Reuters", TWO, alone, "Reuters", THREE), AGENCY)
    assert got.kept == [ONE, TWO, alone, THREE]
    assert [(c.text, c.credit) for c in got.document.captions] == [(CAPTION, "Reuters")]


@pytest.mark.parametrize("name", ["no-caption", "has-caption", "captioned", "wp-caption-text-wrap"])
def test_a_name_that_only_holds_the_word_is_no_figure(name: str) -> None:
    inside = p(ONE * 2, TWO * 2, "Reuters", THREE * 2)
    got = html(f"<article class='post {name}'>{inside}</article>", AGENCY)
    assert got.kept == [ONE * 2, TWO * 2, THREE * 2]


def test_a_line_in_a_figure_above_its_credit_is_a_caption() -> None:
    figure = f"<figure><img src=a.jpg><p>A craftsman in the library.</p><p>Reuters</p></figure>{p(TWO * 2, THREE * 2)}"
    assert html(article(p(ONE * 2), figure), AGENCY).kept == [ONE * 2, TWO * 2, THREE * 2]


def test_words_after_the_label_of_a_picture_are_a_subheading_without_a_figure() -> None:
    assert plain(lines(ONE, "Photo: the artist's own words", TWO), AGENCY).kept == [ONE, "Photo: the artist's own words", TWO]  # fmt: skip
    body = article(p(ONE * 2), "<h2>Photo: the artist's own words</h2>", p(TWO * 2, "Photo: A. Khan", THREE * 2))  # fmt: skip
    assert html(body, AGENCY).kept == [ONE * 2, "Photo: the artist's own words", TWO * 2, THREE * 2]


def test_names_of_agencies_in_a_list_are_text() -> None:
    names = ["Reuters", "AFP", "The local paper"]
    assert plain(lines(ONE, *names, TWO), AGENCY).kept == [ONE, *names, TWO]


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


def test_repeated_takes_a_second_copy_of_several_paragraphs() -> None:
    got = plain(lines(ONE, TWO, "Again", THREE, ONE, TWO), rule("repeated"))
    assert got.kept == [ONE, TWO, "Again", THREE]


def test_repeated_takes_a_copy_in_another_element() -> None:
    body = article(p(ONE * 2, TWO * 2, THREE * 2), f"<blockquote>{p(TWO * 2)}</blockquote>", p(ONE * 3))  # fmt: skip
    assert html(body, rule("repeated")).kept == [ONE * 2, TWO * 2, THREE * 2, ONE * 3]


def test_a_refrain_is_no_copy() -> None:
    assert plain(lines(ONE, TWO, THREE, TWO), rule("repeated")).kept == [ONE, TWO, THREE, TWO]


def test_a_paragraph_that_a_phrase_opens_needs_its_context() -> None:
    acting = rule("prefix", "Join our WhatsApp")
    told = "Join our WhatsApp group, the fraudsters told her, and she lost all that she had saved."
    assert plain(lines(ONE, told, TWO), acting).kept == [ONE, told, TWO]
    assert plain(lines(ONE, TWO, told), acting).kept == [ONE, TWO, told], "a sentence of the story"
    assert plain(told, acting).kept == [told]
    body = article(p(ONE * 2, f"<a href=/x>{told}</a>", TWO * 2, THREE * 2))
    assert told not in html(body, acting).kept


def test_a_line_of_verse_is_no_button() -> None:
    verse = ["The river says", "Read more", "of me."]
    for acting in (rule("line", "Read more"), rule("run", "Read more")):
        assert plain(lines(ONE, *verse, TWO), acting).kept == [ONE, *verse, TWO]
        assert plain(lines(ONE, "He agreed.", "Read more", "She did not.", TWO), acting).kept == [ONE, "He agreed.", "She did not.", TWO]  # fmt: skip


def test_names_of_services_in_a_list_are_text() -> None:
    acting = rule("line", "Facebook", "WhatsApp", "Print", "Email", needs_context=True)
    for names in (["Facebook", "Instagram", "WhatsApp"], ["Print", "Radio", "Email"]):
        items = "".join(f"<li>{name}</li>" for name in names)
        body = article(p(ONE * 2), f"<ul>{items}</ul>", p(TWO * 2, THREE * 2))
        assert html(body, acting).kept == [ONE * 2, *names, TWO * 2, THREE * 2]
        assert plain(lines(ONE, *names, TWO), acting).kept == [ONE, *names, TWO]


def test_a_container_that_holds_more_than_half_of_the_article_takes_nothing_of_it() -> None:
    acting = rule("container", selectors=(".archive",))
    held = f"<div class=archive>{p(ONE * 2 + '<span class=x>Inside.</span>', TWO * 2)}</div>"
    got = html(article(held, p(THREE * 2)), acting)
    assert got.kept == [ONE * 2 + "Inside.", TWO * 2, THREE * 2]


def test_the_dates_of_a_chronicle_with_short_entries_stay() -> None:
    told = ["14 November 2025", "The bridge fell.", "15 November 2025", "The mayor came."]
    assert plain(lines("The old bridge falls", *told), DATED).kept == ["The old bridge falls", *told]  # fmt: skip
    both = [told[0], ONE, told[2], TWO]
    assert plain(lines("The old bridge falls", *both), DATED).kept == ["The old bridge falls", *both]  # fmt: skip


def test_two_dates_in_a_row_are_no_chronicle() -> None:
    got = plain(lines("The old bridge opens", "14 November 2025", "15 November 2025", ONE, TWO), DATED)  # fmt: skip
    assert got.kept == ["The old bridge opens", ONE, TWO]


def test_a_list_of_places_above_the_text_is_no_dateline() -> None:
    places = "Pune / Mumbai / Nagpur and the villages between"
    acting = [rule("dateline", id="t1"), rule("title", id="t2"), rule("above_title", id="t3")]
    title = "A headline for the trains of the west"
    got = plain(lines(title, places, ONE, TWO), *acting)
    assert got.document.metadata.title == title
    assert got.kept == [places, ONE, TWO]
    body = article(f"<h1>{title}</h1><h2>{places}</h2>", p(ONE * 2, TWO * 2, THREE * 2))
    assert places in html(body, *acting, head=f"<title>{title}</title>").kept


def test_a_dateline_under_another_headline_names_the_site_or_a_foreign_brand() -> None:
    title = "पुल खुला, गांव खुश"
    for outlet, taken in (("Courier", True), ("समाचार घर", True), ("मुंबई", False)):
        line = f"पुणे / {outlet} / नदी पर बना नया पुल आज खुला"
        head = f"<title>{title}</title><meta property=og:site_name content='समाचार घर'>"
        body = article(f"<h1>{title}</h1><h2>{line}</h2>", p(*[f"{HINDI} {letter} {HINDI}" for letter in "अबस"]))  # fmt: skip
        assert (line not in html(body, rule("dateline"), head=head, lang="hi").kept) is taken


def test_a_first_sentence_that_titles_the_page_is_text_where_it_stands_once() -> None:
    head = f"<title>{ONE}</title>"
    assert html(article(p(ONE, TWO * 2, THREE * 2)), rule("title"), head=head).kept[0] == ONE
    again = html(article(f"<h1>{ONE}</h1>", p(TWO * 2, THREE * 2)), rule("title"), head=head)
    assert again.kept == [TWO * 2, THREE * 2]
    named = html(article(f"<p class=post-title>{ONE}</p>", p(TWO * 2, THREE * 2)), rule("title"), head=head)  # fmt: skip
    assert named.kept == [TWO * 2, THREE * 2]


@pytest.mark.parametrize("seen", [[ONE * 2, ONE * 3], []], ids=["below", "alone"])
def test_hidden_text_that_is_chosen_is_kept_where_it_stands_once(seen: list[str]) -> None:
    """A button unfolds it."""
    body = article(p(*seen), f"<div hidden>{p(TWO * 2, THREE * 2)}</div>")
    got = chosen(body, rule("line", "x"))
    assert got.kept == [*seen, TWO * 2, THREE * 2]
    assert got.document.flags == ("hidden:2",)


def test_a_hidden_copy_of_what_is_shown_is_no_text() -> None:
    copy = f"<div style='display:none'>{p(f'{ONE} {TWO}', THREE)}</div>"
    got = html(article(copy, p(ONE, TWO, THREE * 2)), rule("line", "x"))
    assert got.kept == [ONE, TWO, THREE * 2]
    assert got.document.flags == ()


@each("kind", sorted(kinds.KINDS))
def test_no_kind_trips_over_a_page_with_little_on_it(kind: str) -> None:
    acting = rule(kind, "x", selectors=(".x",))
    for text in ("x", "x\nx", ".", "।", "x\n\n14 November 2025"):
        plain(text, acting)
        html(f"<p class=x>{text}", acting)
