"""Agencies' credits: read where they stand, whatever script they are in; a mention is none."""

from __future__ import annotations

from hypothesis import given

from archiver.clean import agencies
from archiver.model import Snapshot
from archiver.text.agencies import FILE, named, parted
from tests.clean.cleaned import FETCHED, shipped
from tests.each import each
from tests.strategies import any_text

DATELINES = """
PTI = NEW DELHI, May 5 (PTI) The road is open. | नई दिल्ली, पीटीआई। सड़क खुली। | नयी दिल्ली/भाषा। सड़क खुली।
PTI = புதுடெல்லி (பிடிஐ): சாலை திறந்தது. | Washington (US), May 5 (PTI) The road is open.
ANI = New Delhi [India], May 5 (ANI): The road is open. | एएनआई, नई दिल्ली। सड़क खुली।
RSS = काठमांडू, ५ मई (रासस) : सडक खुल्यो। | KATHMANDU, May 5 (RSS): The road is open.
BSS = ঢাকা, ৫ মে, ২০২৫ (বাসস) : সড়ক খুলেছে। | DHAKA, May 5, 2025 (BSS) - The road is open.
UNB = ঢাকা, ০৫ মে (ইউএনবি)- সড়ক খুলেছে।
APP = اسلام آباد (اے پی پی) سڑک کھل گئی۔
AFP = باريس (أ ف ب) - فتح الطريق. | Paris (AFP) – La route est ouverte.
Reuters = القاهرة - رويترز - فتح الطريق. | (Reuters) - The road is open. | [東京 5日 ロイター] - 道は開いた。
Xinhua = 新华社北京5月5日电 道路开通了。
RIA Novosti = МОСКВА, 5 мая - РИА Новости. Дорога открыта.
TASS = MOSCOW, May 5. /TASS/. The road is open.
Yonhap = (서울=연합뉴스) 길이 열렸다.
dpa = Hamburg (dpa/lno) – Die Straße ist offen.
"""
CLOSINGS = """
PTI = The road is open. (PTI) | PTI SKL RAM | भाषा नोमान नेत्रपाल | (भाषा इनपुट के साथ) | (With PTI inputs)
PTI = This story has been published from a PTI feed. | (इनपुट: पीटीआई) | The road is open. PTI ABC XYZ
ANI = सड़क खुल गई। (एएनआई) | सड़क खुल गई।एएनआई | The road is open. /ANI
IANS = --आईएएनएस | एमएस/आईएएनएस | The road is open. --IANS
BSS = সূত্র : বাসস | BSS/ARS
Reuters = সূত্র: রয়টার্স | ماخذ: روئٹرز | (Reporting by A. Penner in Delhi; Editing by B. Orr) | Source: Reuters
Hindusthan Samachar = (हि.स.) | सड़क खुल गई। हिन्दुस्थान समाचार/सुनील
AP = © 2019 Associated Press. All Rights Reserved. This may not be published.
"""
NONE = [
    "He told ANI that the road is open.",
    "According to Reuters, the road is open.",
    "Reuters, it said, saw it.",
    "रॉयटर्स के अनुसार, सड़क खुली।",
    "एएनआई से बातचीत में, उन्होंने कहा।",
    "LONDON — Reuters reported the news.",
    "Press Trust of India (PTI) said on Monday",
    "Pakistan Tehreek-e-Insaf (PTI) - a party - won.",
    "پاکستان تحریک انصاف (پی ٹی آئی) کے رہنما",
    "کابل (اے ایف پی) کے مطابق سڑک کھل گئی۔",
    "Bangladesh Sangbad Sangstha (BSS) - the agency",
    "वार्ता समाप्त",
    "यह उनकी भाषा है।",
    "I spoke to Reuters",
    "It was told, Reuters",
    "Photo: AFP",
    "RSS",
    "RSS Feed",
    "App",
    "Mehr",
    "Lesen Sie alles hier. mehr",
]


def cases(table: str) -> list[tuple[str, str]]:
    rows = (line.split(" = ") for line in table.strip().splitlines())
    return [(text, name) for name, texts in rows for text in texts.split(" | ")]


@each(("text", "name"), cases(DATELINES))
def test_a_dateline_names_who_sent_the_story(text: str, name: str) -> None:
    assert agencies.dateline(text) == [name]


@each(("text", "name"), cases(CLOSINGS))
def test_so_does_what_closes_it(text: str, name: str) -> None:
    assert agencies.closing(text) == [name]


@each("text", NONE)
def test_a_mention_is_no_credit(text: str) -> None:
    assert agencies.dateline(text) == []
    assert agencies.closing(text) == []
    assert agencies.byline(text, marked=False) == []


@given(any_text)
def test_no_line_fails(text: str) -> None:
    for read in (agencies.dateline, agencies.closing):
        assert all(named(one) == one for one in read(text))
    agencies.byline(text, marked=True)
    parted(text)


def test_every_name_of_the_table_leads_to_one_agency() -> None:
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    for line in lines:
        agency, _, others = line.partition(":")
        assert {named(one.strip()) for one in (agency, *others.split("|")) if one.strip()} == {
            agency
        }


STORY = "The old bridge over the river in the town was opened again on Monday, in the rain."
PAGE = """<!doctype html><html lang="en"><title>The bridge</title><body><article><h1>The bridge</h1>
{above}<p>{open}{story}</p><p>{story} It took the builders four months, as the mayor said.</p>
<p>{story} Nobody was hurt on the day, and the people of the town were glad.</p>{below}</article>"""


def sent(above: str = "", open_: str = "", below: str = "") -> tuple[str, ...]:
    html = PAGE.format(story=STORY, above=above, open=open_, below=below)
    snapshot = Snapshot(
        url="", fetched_at=FETCHED, body=html.encode(), content_type="text/html; charset=utf-8"
    )
    return shipped().document(shipped().page(snapshot), "").metadata.agencies


def test_a_page_s_credits_are_told_once_and_the_statement_first() -> None:
    stated = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "author": "Reuters"}</script>'
    )
    assert sent(stated, "PUNE, May 5 (AP) - ", "<p>(Reuters)</p><p>--IANS</p>") == ("Reuters", "AP", "IANS")  # fmt: skip


def test_a_picture_s_credit_is_not_the_story_s() -> None:
    figure = '<figure><img src="a.jpg"><figcaption>The bridge. {}</figcaption></figure>'
    assert sent(figure.format("AFP")) == ()
    assert sent(below=figure.format("(AFP)")) == ()
    assert sent('<p class="byline">AFP</p>') == ("AFP",)
    assert sent('<p class="photo-credit">AFP</p>') == ()
