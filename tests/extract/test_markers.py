"""What each marker chooses on small pages, odd ones too."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from selectolax.lexbor import LexborHTMLParser

from archiver.extract import blocks as layout
from archiver.extract import markers
from archiver.extract.markers import article_body, resiliparse, trafilatura
from archiver.extract.markers.placing import Field, Vote
from archiver.extract.scorecard import DOUBT
from archiver.model import Block
from tests.strategies import soup

BRIDGE = "The wooden footbridge over the river was opened again on Wednesday morning."
RAIN = "About two hundred people waited in light rain for the ribbon to be cut by the oldest."
LAMPS = "The council will look after the lamps, and the buses take their old way again."
MENU = '<nav><ul><li><a href="/a">Local</a></li><li><a href="/b">Sports</a></li></ul></nav>'


def story(*paragraphs: str) -> str:
    told = "".join(f"<p>{text}</p>" for text in paragraphs)
    body = f"<article><h1>A bridge</h1>{told}</article>"
    return f"<!doctype html><html><body>{MENU}{body}<footer>Imprint</footer></body></html>"


def laid(html: str) -> list[Block]:
    return layout.blocks(LexborHTMLParser(html))


@pytest.mark.parametrize("marker", [resiliparse, trafilatura])
def test_the_article_is_chosen_and_the_menu_is_not(marker: object) -> None:
    html = story(*[f"{text} {text} {text}" for text in (BRIDGE, RAIN, LAMPS, BRIDGE + RAIN)])
    blocks = laid(html)
    chosen = marker.vote(html, Field(blocks)).chosen  # type: ignore[attr-defined] # two modules
    texts = {blocks[at].text for at in chosen}
    assert f"{RAIN} {RAIN} {RAIN}" in texts
    assert not {"Local", "Sports", "Imprint"} & texts


ODD = [
    "",
    "<p>",
    "<html></html>",
    "<?xml version='1.0' encoding='utf-8'?><p>a</p>",
    "\x00",
    "<!--",
    "<p>a\x00b\x01<p>\ufffe",
    "<body><body><frameset><frame>",
    "<table><p>a<tr>b<td>c",
    "<template><p>a</template>",
    "<p>" + "<b>" * 300 + "a",
    "<div>" * 300 + "a",
    "<p " + " ".join(f"a{n}=1" for n in range(300)) + ">a",
    "<math><mi><p>a</math>",
]


@pytest.mark.parametrize("html", ODD)
@pytest.mark.parametrize("marker", [resiliparse, trafilatura])
def test_an_odd_page_gives_a_vote_on_its_own_blocks(marker: object, html: str) -> None:
    blocks = laid(html)
    vote = marker.vote(html, Field(blocks))  # type: ignore[attr-defined] # two modules
    assert vote.chosen <= set(range(len(blocks)))


@given(soup)
@settings(deadline=None)
def test_resiliparse_takes_any_tag_soup(html: str) -> None:
    """Characters that no UTF-8 can hold come from no decoder, and so to no marker."""
    html = html.encode("utf-8", "replace").decode()
    blocks = laid(html)
    assert resiliparse.vote(html, Field(blocks)).chosen <= set(range(len(blocks)))


def test_a_page_without_a_choice_of_trafilaturas_is_an_empty_vote() -> None:
    assert trafilatura.vote("<html></html>", Field([])) == Vote(frozenset())


def stated(*scripts: str) -> list[str]:
    """The texts of the blocks that `article_body` chooses on a page with these scripts."""
    data = "".join(f'<script type="application/ld+json">{one}</script>' for one in scripts)
    html = f"<head>{data}</head>{story(BRIDGE, RAIN, LAMPS)}"
    tree = LexborHTMLParser(html)
    blocks = layout.blocks(tree)
    return [blocks[at].text for at in sorted(article_body.vote(html, tree, blocks).chosen)]


def body(text: str) -> str:
    return json.dumps({"@type": "NewsArticle", "articleBody": text}, ensure_ascii=False)


def test_what_stands_in_the_stated_body_is_chosen() -> None:
    assert stated(body(f"A bridge\n\n{BRIDGE}\n{RAIN}")) == [BRIDGE, RAIN]


def test_a_page_that_states_no_body_says_nothing() -> None:
    assert stated() == []
    assert stated('{"@type": "NewsArticle", "headline": "A bridge"}') == []
    assert stated(body("")) == []


def test_short_lines_stand_in_a_body_by_chance() -> None:
    assert "A bridge" not in stated(body(f"A bridge. {BRIDGE}"))


def test_a_body_that_is_cut_short_speaks_for_what_it_has() -> None:
    assert stated(body(BRIDGE + RAIN[:40])) == [BRIDGE]


@pytest.mark.parametrize(
    "text",
    [
        f"<p>{BRIDGE}</p><p>{RAIN}</p>",
        f"&lt;p&gt;{BRIDGE}&lt;/p&gt;&lt;p&gt;{RAIN}&lt;/p&gt;",
        f"&amp;lt;p&amp;gt;{BRIDGE}&amp;lt;/p&amp;gt;{RAIN}",
        f"{BRIDGE}&amp;nbsp;{RAIN}",
        BRIDGE.replace(" ", "\u200b \u00a0") + RAIN,
    ],
)
def test_a_body_with_tags_or_escaped_twice_is_read(text: str) -> None:
    assert stated(body(text)) == [BRIDGE, RAIN]


def test_a_body_is_found_anywhere_in_the_data() -> None:
    graph = {"@graph": [{"@type": "WebSite"}, {"mainEntity": [{"articleBody": RAIN}]}]}
    assert stated(json.dumps(graph)) == [RAIN]
    assert stated(json.dumps([[json.loads(body(LAMPS))]])) == [LAMPS]


def test_the_longest_of_several_bodies_speaks() -> None:
    assert stated(body(BRIDGE), body(BRIDGE + RAIN), body(LAMPS)) == [BRIDGE, RAIN]


def test_line_breaks_inside_a_string_are_no_fault() -> None:
    """Many sites print them unescaped."""
    assert stated(f'{{"articleBody": "{BRIDGE}\n\t{RAIN}"}}') == [BRIDGE, RAIN]


@pytest.mark.parametrize(
    "broken",
    [
        '{"articleBody": "' + BRIDGE,
        '{"articleBody": "' + BRIDGE + '"},}',
        "articleBody",
        '{"articleBody": ' * 100_000,
        '{"articleBody": null}',
        '{"articleBody": ["' + BRIDGE + '"]}',
        '{"articleBody": {"@value": 1}}',
    ],
)
def test_broken_data_says_nothing_and_hides_no_other(broken: str) -> None:
    assert stated(broken) == []
    assert stated(broken, body(RAIN)) == [RAIN]


def test_a_body_in_the_depth_of_a_graph_is_not_looked_for() -> None:
    """Data nested a thousand times is no statement, and walking it must end."""
    near, deep = json.loads(body(BRIDGE)), json.loads(body(RAIN))
    for _ in range(5):
        near = {"isPartOf": near}
    for _ in range(500):
        deep = [deep]
    assert stated(json.dumps(near)) == [BRIDGE]
    assert stated(json.dumps(deep)) == []


def test_the_markers_speak_under_their_names() -> None:
    html = f'<script type="application/ld+json">{body(RAIN)}</script>{story(BRIDGE, RAIN, LAMPS)}'
    tree = LexborHTMLParser(html)
    blocks = layout.blocks(tree)
    to_ask = markers.to_ask(html, tree, blocks)
    assert list(to_ask) == list(DOUBT), "each has a doubt above which the next is asked"
    votes = {name: ask() for name, ask in to_ask.items()}
    assert [blocks[at].text for at in votes["json-ld"].chosen] == [RAIN]
    assert votes["resiliparse"] == resiliparse.vote(html, Field(blocks))
    assert votes["trafilatura"] == trafilatura.vote(html, Field(blocks))
