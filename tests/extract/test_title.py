"""The headline: what readers see, checked against what the page states."""

from __future__ import annotations

import json

import pytest

from tests.extract.test_metadata import read

HEADLINE = "Old footbridge opens again after two winters"
OG = f'<meta property="og:title" content="{HEADLINE}">'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (OG, f"<h1>Local : {HEADLINE}</h1>"),
        (OG, f"<h1><span>Local News</span> <span>{HEADLINE}</span></h1>"),
        (OG, f"<h1>{HEADLINE} <small>What the council says</small></h1>".replace(HEADLINE, f"<b>{HEADLINE}</b>")),
        (OG, "<h1><a href='/'>Old footbridge courier</a></h1>"),
        (OG, "<h1 class=site-title>The old footbridge opens</h1>"),
        (f"<title>{HEADLINE} - News - Example</title>", f"<h1>{HEADLINE}</h1>"),
        (f"<title>{HEADLINE}-News Example</title>", ""),
        (f"<title>Example: {HEADLINE}</title>", f"<h1>{HEADLINE}</h1>"),
        (f"<title>12.11.2025 - {HEADLINE}</title>", ""),
        (f"{OG}<title>The Courier</title>", "<h1>The Courier</h1>"),
        (f'{OG}<meta property="og:site_name" content="Bridge Courier">', "<h1>Bridge Courier</h1>"),
        (f'<meta name=application-name content="{HEADLINE}"><title>{HEADLINE}</title>', f"<h1>{HEADLINE}</h1>"),
        (f'<meta property="og:title" content="{HEADLINE[:30]}…">', f"<h1>{HEADLINE}</h1>"),
        (f'<meta property="og:title" content="{HEADLINE} | News Example"><title>{HEADLINE}</title>', ""),
    ],
)  # fmt: skip
def test_the_title_has_no_kicker_no_site_and_no_date(head: str, body: str) -> None:
    assert read(head, body or "<p>x</p>").title == HEADLINE


@pytest.mark.parametrize(
    "title",
    [
        "Life and dignity – a project",
        "What now? - the question of the week",
        "Bridge: opened, shut, opened again",
        "वडोदरा / अमेरिका में रहने वाले यात्री लौटे",
        '"Never again": how the river rose',
    ],
)
def test_a_dash_a_colon_or_a_slash_in_a_headline_stays(title: str) -> None:
    stated = json.dumps({"@type": "NewsArticle", "headline": title})
    script = f'<script type="application/ld+json">{stated}</script>'
    assert read(script, f"<h1>{title}</h1>").title == title
    assert read(script).title == title


def test_a_colon_set_tight_belongs_to_the_headline() -> None:
    shown = f"Streaming: {HEADLINE}"
    assert read(OG, f"<h1>{shown}</h1>").title == shown


@pytest.mark.parametrize(
    ("title", "script", "headline"),
    [
        ("武汉的声音有英勇的你-新闻-新华网", "Hani", "武汉的声音有英勇的你"),
        ("대교가 다시 열렸다-정치ㅣ한국일보", "Hang", "대교가 다시 열렸다"),
    ],
)
def test_a_section_and_a_site_without_blanks_go(title: str, script: str, headline: str) -> None:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    from archiver.extract import metadata  # noqa: PLC0415
    from tests.extract.laid import FETCHED  # noqa: PLC0415

    site = title.replace("ㅣ", "-").split("-")[-1]
    page = f'<html><head><title>{title}</title><meta property="og:site_name" content="{site}"></head></html>'
    told = metadata.read(LexborHTMLParser(page), page, "https://x.example/", FETCHED, script)
    assert told.title == headline
