"""What stands under a story, and who wrote it: what goes and what must stay."""

from __future__ import annotations

import pytest

from tests.clean.cleaned import chosen, html, plain, rule
from tests.clean.test_kinds import HINDI, ONE, THREE, TWO, article, lines, p

SERVICES = rule("platform", "Facebook", "YouTube", "WhatsApp", "फ़ेसबुक", "ट्विटर", "app", id="p")
INVITES = rule("promotion", "follow us", "join our", "हमें {} फ़ॉलो", label="app_promo", id="i")
SET_OFF = rule("promotion", "click", "फ़ॉलो", label="app_promo", id="s", needs_context=True)
ACTING = (SERVICES, INVITES, SET_OFF)


def test_an_invitation_that_names_two_services_closes_the_text() -> None:
    for asked in ("For more stories follow us on Facebook and YouTube every single day of the week.", "Follow us on Facebook and YouTube"):  # fmt: skip
        assert plain(lines(ONE, TWO, asked), *ACTING).kept == [ONE, TWO]
    assert plain(lines(HINDI, HINDI, "आप हमें फ़ेसबुक और ट्विटर पर फ़ॉलो कर सकते हैं।"), *ACTING).kept == [HINDI, HINDI]  # fmt: skip


def test_inside_the_text_the_same_words_are_the_story() -> None:
    told = "They asked her to follow us on Facebook and YouTube, she told the court on Wednesday."
    assert plain(lines(ONE, told, TWO), *ACTING).kept == [ONE, told, TWO]


def test_one_service_is_an_invitation_only_with_a_link() -> None:
    told = "Join our WhatsApp group, the fraudsters told her, and she lost all that she had saved."
    assert plain(lines(ONE, TWO, told), *ACTING).kept == [ONE, TWO, told]
    linked = "Do not miss a story of ours: <a href=/x>join our WhatsApp channel</a>, it is free of any charge."
    assert html(article(p(ONE * 2, TWO * 2, THREE * 2, linked)), *ACTING).kept == [ONE * 2, TWO * 2, THREE * 2]  # fmt: skip


def test_an_invitation_in_brackets_needs_only_the_verb() -> None:
    told = "Click on Facebook or on YouTube, the teacher said, and the whole class laughed at her."
    assert plain(lines(ONE, TWO, told), *ACTING).kept == [ONE, TWO, told]
    assert plain(lines(ONE, TWO, f"({told})"), *ACTING).kept == [ONE, TWO]


def test_an_invitation_over_several_paragraphs_in_one_bracket_goes_as_a_whole() -> None:
    several = ["(Our stories are in the app, where you can click on all that was ever printed here.", "The films are to be seen on YouTube and the pictures on Facebook, for those who like them.)"]  # fmt: skip
    assert plain(lines(ONE, TWO, *several), *ACTING).kept == [ONE, TWO]


def test_links_and_labels_may_follow_an_invitation() -> None:
    asked = "For more stories follow us on Facebook and YouTube every single day of the week."
    assert plain(lines(ONE, TWO, asked, "More"), *ACTING).kept == [ONE, TWO, "More"]


def test_a_text_that_is_nothing_else_stays() -> None:
    asked = "For more stories follow us on Facebook and YouTube every single day of the week."
    assert plain(asked, *ACTING).kept == [asked]


CODE = rule("closing_code", "ANI", "भाषा", label="closing_code")


@pytest.mark.parametrize("code", ["/ANI", "(ANI)", "—ANI", "ANI", "17302", "(dpa)", "भाषा नोमान नेत्रपाल"])  # fmt: skip
def test_a_closing_code_on_the_last_line_goes(code: str) -> None:
    assert plain(lines(ONE, TWO, code), CODE).kept == [ONE, TWO]
    assert plain(lines(ONE, code, TWO), CODE).kept == [ONE, code, TWO]


@pytest.mark.parametrize("code", [" /ANI", " (ANI)", " —ANI", "(ANI)"])
def test_a_closing_code_behind_the_last_stop_is_cut(code: str) -> None:
    assert plain(lines(ONE, TWO + code), CODE).kept == [ONE, TWO]


def test_words_behind_the_last_stop_are_the_story() -> None:
    for told in (f"{TWO} She told ANI", f"{TWO} (They sang.)", "He spoke to ANI.", "In 2019"):
        assert plain(lines(ONE, told), CODE).kept == [ONE, told]


def test_punctuation_alone_is_a_leftover_and_a_picture_is_not() -> None:
    stray = rule("stray")
    assert plain(lines(ONE, "-->", TWO, "***", "+", "\N{SPARKLES}"), stray).kept == [ONE, TWO, "\N{SPARKLES}"]  # fmt: skip
    code = "<pre>if x {\n}\n</pre>"
    assert "}" in html(article(p(ONE * 2, TWO * 2), code, p(THREE * 2)), stray).kept


def test_a_dash_in_a_table_says_none() -> None:
    table = "<table><tr><td>Anna won</td><td>-</td><td>|</td></tr></table>"
    got = chosen(article(p(ONE * 2, TWO * 2), table, p(THREE * 2)), rule("stray"))
    assert got.kept == [ONE * 2, TWO * 2, "Anna won", "-", THREE * 2]


BYLINE = rule("byline", "Valley desk", "Reported by", label="author_bio")


def test_the_author_and_the_site_on_lines_of_their_own_go() -> None:
    head = "<title>The old bridge opens</title><meta name=author content='Asha Khan'><meta property=og:site_name content='The Courier'>"
    body = article("<h1>The old bridge opens</h1>", p("Asha Khan", "The Courier", ONE * 2, "Asha Khan", TWO * 2, THREE * 2))  # fmt: skip
    kept = html(body, BYLINE, head=head).kept
    assert kept[-4:] == [ONE * 2, "Asha Khan", TWO * 2, THREE * 2]
    assert "The Courier" not in kept


def test_a_byline_is_a_phrase_with_a_name_and_no_sentence() -> None:
    said = "Reported by nobody, the flood took the bridge and the mill and half the road"
    got = plain(lines("The bridge is open again", "Valley Desk", "Reported by Asha Khan", said, ONE, TWO), BYLINE)  # fmt: skip
    assert got.kept == ["The bridge is open again", said, ONE, TWO]


def test_a_name_and_a_place_with_a_date_are_a_byline() -> None:
    signed = "Asha Khan / New Delhi February 14, 2020"
    assert plain(lines("The bridge is open again", signed, ONE, TWO), BYLINE).kept == ["The bridge is open again", ONE, TWO]  # fmt: skip
    assert signed in plain(lines(ONE, signed, TWO), BYLINE).kept


def test_an_author_with_the_date_is_a_byline() -> None:
    head = "<title>The old bridge opens</title><meta name=author content='Asha Khan'>"
    signed = "<p>Asha Khan 14 November 2025</p><p>Ravi Rao 14 November 2025</p>"
    body = article("<h1>The old bridge opens</h1>", signed, p(ONE * 2, TWO * 2, THREE * 2))
    kept = html(body, BYLINE, head=head).kept
    without = html(body, rule("line", "no such line"), head=head).kept
    assert [line for line in without if line not in kept] == ["Asha Khan 14 November 2025"]


def test_a_date_beside_a_button_is_a_date_line() -> None:
    acting = [rule("date_line", "published", label="published_label"), rule("line", "Share", id="s", needs_context=True)]  # fmt: skip
    dated = ["14 November 2025 | Share", "14 November 2025 | Pune"]
    got = plain(lines("The bridge is open again", *dated, ONE, TWO), *acting)
    assert got.kept == ["The bridge is open again", dated[1], ONE, TWO]


TEASERS = rule("teasers", label="read_also")


def links(*texts: str) -> str:
    return "<ul>" + "".join(f"<li><a href=/x>{text}</a></li>" for text in texts) + "</ul>"


def test_a_list_of_links_as_long_as_headlines_goes() -> None:
    stories = ["The mill wheel turns again after years", "Lamp lighters of the valley retire"]
    got = html(article(p(ONE * 2), links(*stories), p(TWO * 2, THREE * 2)), TEASERS)
    assert got.kept == [ONE * 2, TWO * 2, THREE * 2]


@pytest.mark.parametrize(
    "listed",
    [
        links("Oak", "Ash"),
        "<ul><li>The oak by the <a href=/x>old mill of the valley</a> is the eldest</li><li><a href=/y>The ash by the river is younger</a></li></ul>",
        links("https://valley.example/a/long/path", "https://valley.example/another/path"),
        links("What the council will do from Monday", "What the buses will do from now on") + "<h2>What the council will do from Monday</h2>",
    ],
    ids=["names", "text", "addresses", "contents"],
)  # fmt: skip
def test_other_lists_with_links_stay(listed: str) -> None:
    body = article(p(ONE * 2, TWO * 2), listed, p(THREE * 2, ONE * 3))
    assert html(body, TEASERS).kept == html(body, rule("line", "no such line")).kept


def test_a_label_and_a_link_are_a_teaser() -> None:
    teaser = "<p>Watch: <a href=/x>The mill wheel turns again after years</a></p>"
    said = "<p>She told us: the <a href=/x>mill wheel of the valley</a> turns again</p>"
    got = html(article(p(ONE * 2), teaser, p(TWO * 2), said, p(THREE * 2)), TEASERS)
    assert got.kept == [ONE * 2, TWO * 2, "She told us: the mill wheel of the valley turns again", THREE * 2]  # fmt: skip


def test_a_link_of_a_headlines_words_on_a_line_of_its_own_is_a_teaser() -> None:
    teaser = "<p><a href=/x>The mill wheel turns again after years</a></p>"
    stay = ["<p><a href=/x>The council's plan</a></p>", "<p><a href=/x>The council has a plan for the mill.</a></p>", "<blockquote><p><a href=/x>Asha Khan of the old mill, 14 November</a></p></blockquote>"]  # fmt: skip
    texts = ["The council's plan", "The council has a plan for the mill.", "Asha Khan of the old mill, 14 November"]  # fmt: skip
    body = article(p(ONE * 2), teaser, p(TWO * 2), *stay, p(THREE * 2, THREE * 3))
    kept = html(body, TEASERS).kept
    assert "The mill wheel turns again after years" not in kept
    without = html(body, rule("line", "no such line")).kept
    assert [text for text in texts if text in without] == [text for text in texts if text in kept]


def test_a_label_glued_to_its_link_is_told_by_the_link() -> None:
    acting = rule("prefix", "यह भी पढ़ें", label="read_also")
    body = article(p(HINDI * 2, "यह भी पढ़ें<a href=/x>नया पुल आज फिर खुला</a>", HINDI + " अब।", "यह भी पढ़ेंगे बच्चे", HINDI * 3))  # fmt: skip
    assert html(body, acting, lang="hi").kept == [HINDI * 2, HINDI + " अब।", "यह भी पढ़ेंगे बच्चे", HINDI * 3]  # fmt: skip


def test_a_teasers_label_before_a_sentence_is_the_story() -> None:
    acting = rule("prefix", "यह भी पढ़ें", label="read_also")
    told = "यह भी पढ़ें कि क्या लिखा था।"
    assert plain(lines(HINDI, told, HINDI + " अब।"), acting).kept == [HINDI, told, HINDI + " अब।"]


def test_a_heading_in_context_by_its_links_takes_them() -> None:
    acting = rule("run", "Popular", label="related", needs_context=True)
    stories = links("The mill wheel turns again", "Lamp lighters retire")
    got = html(article(p(ONE * 2), "<h2>Popular</h2>", stories, p(TWO * 2, THREE * 2)), acting)
    assert got.kept == [ONE * 2, TWO * 2, THREE * 2]
    bare = html(article(p(ONE * 2), "<h2>Popular</h2>", p(TWO * 2, THREE * 2)), acting)
    assert "Popular" in bare.kept


def test_a_sentence_in_context_goes_from_the_last_paragraph_only() -> None:
    acting = rule("sentence", "follow the channel", needs_context=True)
    told = f"{TWO} Please follow the channel."
    assert plain(lines(told, ONE), acting).kept == [told, ONE]
    assert plain(lines(ONE, told), acting).kept == [ONE, TWO]
