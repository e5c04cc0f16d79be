"""Counts over pages, and what is proposed and what is left alone; the file that it becomes."""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.learn import toml
from archiver.learn.counts import Counts, Least
from archiver.learn.lines import MAX_LINES, Seen, elements, folded, lines, place
from archiver.learn.propose import Finding, findings, name_of
from archiver.learn.survey import Layouts, Survey, line_id
from archiver.model import Block, Metadata, Page, Span
from archiver.text import normal
from archiver.work.learning import check
from tests.strategies import texts

BEGUN = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD, NEW = "/html/body/div.old/main.story/div.text", "/html/body/section#new/article.tale"
CHANGED = 15  # the day of the new layout


def sentence(number: int) -> str:
    """A paragraph of one page's own."""
    word = "".join(chr(97 + int(digit)) for digit in str(number * 7919))
    return f"The bridge of {word} was opened by a child of {word}, who was six years old."


def page(number: int, *more: tuple[str, str], day: int | None = None) -> Seen:
    """A story of four paragraphs, and lines (element below the story's, text) after the third."""
    day = number if day is None else day
    around = OLD if day < CHANGED else NEW
    other = "/html/body/div.old/" if day < CHANGED else "/html/body/section#new/"
    told = [Block(f"{around}/p[{n}]", sentence(100 * number + n)) for n in range(4)]
    added = [
        Block(path.replace("OTHER/", other) if "OTHER" in path else f"{around}/{path}", text)
        for path, text in more
    ]
    added = [one._replace(linked=len(one.text)) if "/a" in one.path else one for one in added]
    inside = [one for one in added if one.path.endswith("[between]")]
    after = [one for one in added if not one.path.endswith("[between]")]
    blocks = (*told[:3], *inside, told[3], *after)
    return Seen(
        url=f"https://news.example/{number:03}",
        page=Page(
            url="",
            media_type="text/html",
            blocks=blocks,
            fetched_at=BEGUN + timedelta(days=day),
            metadata=Metadata(title=f"Bridge {number}"),
        ),
        kept=frozenset(range(len(blocks))),
    )


def learned(histories: Sequence[Sequence[Seen]]) -> tuple[Layouts, list[Finding]]:
    survey = Survey()
    for history in histories:
        survey.add(history)
    counts = Counts(survey, survey.layouts())
    for history in histories:
        counts.add(history)
    return counts.layouts, findings(counts)


def proposed(histories: Sequence[Sequence[Seen]]) -> list[tuple[str, str]]:
    _, found = learned(histories)
    return [(one.kind, one.what) for one in found if one.verdict == "proposed"]


def site(*more: tuple[str, str], every: int = 1, days: int = 14) -> list[list[Seen]]:
    """Pages of one layout; each `every`th has the lines."""
    return [[page(n, *(more if n % every == 0 else ()), day=n % days)] for n in range(28)]


def test_a_line_below_the_story_on_most_pages_goes() -> None:
    assert proposed(site(("p[9]", "Join our club of readers"))) == [("line", "Join our club of readers")]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text", "every"),
    [
        ("p[9]", "Join our club of readers", 2),  # half of the pages
        ("p[9]", "(PTI)", 1),
        ("p[9]", "PTI", 1),
        ("p[9]", "(With inputs from agencies)", 1),
        ("h3[between]", "What happened next", 2),
        ("div.column/h2[9]", "Letter from the hills", 3),
        ("p[between]", "It was a day like any other in the valley.", 2),
        ("ul.sources/li/a[9]", "The report of the commission", 10),
    ],
)
def test_what_a_story_may_say_stays(path: str, text: str, every: int) -> None:
    assert proposed(site((path, text), every=every)) == []


def test_a_line_seen_on_one_day_stays() -> None:
    assert proposed(site(("p[9]", "Join our club of readers"), days=1)) == []


def test_ten_pages_are_needed() -> None:
    few = site(("p[9]", "Join our club of readers"))[:9]
    assert proposed(few) == []
    assert proposed([*few, *site(("p[9]", "Join our club of readers"))[9:10]]) != []


def test_two_snapshots_of_one_page_are_one_page() -> None:
    """Five pages fetched many times over do not make a habit."""
    more = ("p[9]", "Join our club of readers")
    histories = [[page(n, more, day=day) for day in range(10)] for n in range(5)]
    assert proposed(histories) == []
    layouts, _ = learned(histories)
    assert [layout.pages for layout in layouts.found] == [5]


def test_a_line_with_numbers_that_change_is_one_line() -> None:
    histories = [[page(n, ("p[9]", f"Read {n} comments here"), day=n % 14)] for n in range(28)]
    assert proposed(histories) == [("line", "Read {#} comments here")]


def test_lines_that_begin_alike_and_go_on_differently_go_below_the_story() -> None:
    for said in ("Bridge {0} is open again", "{2} May 2026", "Khan {1}"):
        histories = [introduced("Published by", said, n) for n in range(26)]
        assert proposed(histories) == [("prefix", "published by")], said


def introduced(label: str, said: str, n: int) -> list[Seen]:
    """A page with a line below the story: a label and another page's title, a day or a name."""
    told = said.format(chr(97 + (n + 1) % 26), chr(97 + n), n + 1)
    seen = page(n, ("p[9]", f"{label} {told}"), day=n % 14)
    data = Metadata(title=f"Bridge {chr(97 + n)} is open again", authors=(f"Khan {chr(97 + n)}",))
    return [replace(seen, page=replace(seen.page, metadata=data))]


def test_a_result_that_a_label_introduces_stays() -> None:
    """Two words that many pages have, and a score, are news."""
    histories = [introduced("Final score", "Tigers {2}, Lions {0}", n) for n in range(26)]
    assert proposed(histories) == []
    boxed = [
        [page(n, ("OTHER/div.score/p", f"Final score Tigers {chr(97 + n)}"), day=n % 14)]
        for n in range(26)
    ]
    assert proposed(boxed) == []


@pytest.mark.parametrize(
    "text",
    [
        "Petrol was sold at {} rupees a litre in the city on day 3, and diesel at {}.",
        "Gold was at {}.",
        "Tigers {}, Lions {}",
        "Gold of the first kind stood at {} rupees",
    ],
)
def test_a_line_of_the_story_that_differs_in_its_numbers_stays(text: str) -> None:
    histories = [[page(n, ("p[9]", text.format(n, n + 1)), day=n % 14)] for n in range(28)]
    assert proposed(histories) == []


def test_a_table_of_prices_stays() -> None:
    """Neither its element goes, nor a number in it, nor what stands beside the number."""
    for around in ("", "OTHER/"):
        histories = [
            [
                page(
                    n,
                    (f"{around}table.rates/tr/td", "Gold of the first kind per ten grams"),
                    (f"{around}table.rates/tr/td", f"{5000 + n} rupees a piece"),
                    day=n % 14,
                )
            ]
            for n in range(28)
        ]
        wanted = [("line", "Gold of the first kind per ten grams")] if around else []
        assert proposed(histories) == wanted


def test_a_number_beside_each_headline_goes_with_the_box() -> None:
    histories = [
        [page(n, *teasers(n), ("OTHER/div.more/b", f"{n} minutes ago"), day=n % 14)]
        for n in range(26)
    ]
    assert proposed(histories) == [("container", "div.more")]


def test_one_short_line_of_a_page_of_its_own_keeps_an_element() -> None:
    histories = [[page(n, *teasers(n), day=n % 14)] for n in range(26)]
    histories[7] = [page(7, *teasers(7), ("OTHER/div.more/p", "Rain in Paro"), day=7)]
    assert not [one for one in proposed(histories) if one[0] == "container"]


@pytest.mark.parametrize("element", ["h3", "ul/li", "h3.wp-block-heading", "ul.list/li"])
def test_no_selector_of_an_element_of_the_story_is_learned(element: str) -> None:
    """It would take the subheadings and lists of the next story; the line itself goes."""
    histories = [[page(n, (element, "Also read these stories"), day=n % 14)] for n in range(28)]
    assert proposed(histories) == [("line", "Also read these stories")]


def teasers(n: int) -> list[tuple[str, str]]:
    return [("OTHER/div.more/b", "More of the day")] + [
        ("OTHER/div.more/ul/li/a", f"Bridge of {chr(97 + n % 26)}{chr(97 + k)} opened today") for k in range(3)
    ]  # fmt: skip


def test_a_box_of_links_that_change_goes_by_its_element() -> None:
    histories = [[page(n, *teasers(n), day=n % 14)] for n in range(26)]
    assert proposed(histories) == [("container", "div.more")]


def test_a_box_that_once_held_a_paragraph_of_the_story_stays() -> None:
    histories = [[page(n, *teasers(n), day=n % 14)] for n in range(26)]
    histories[7] = [page(7, *teasers(7), ("OTHER/div.more/p", sentence(999_999)), day=7)]
    assert ("container", "div.more") not in proposed(histories)


def test_an_element_whose_name_stands_in_a_sentence_too_stays() -> None:
    """A rule would cut the link out of the sentence."""
    histories = [[page(n, *teasers(n), day=n % 14)] for n in range(26)]
    for number in range(0, 26, 5):
        seen = histories[number][0]
        told = seen.page.blocks[0]
        blocks = (told._replace(spans=(Span(4, 10, "div.more"),)), *seen.page.blocks[1:])
        histories[number] = [replace(seen, page=replace(seen.page, blocks=blocks))]
    assert ("container", "div.more") not in proposed(histories)


def changed() -> list[list[Seen]]:
    """Thirty days, a new layout in the middle of them, each with a line of its own."""
    lines_of = {
        True: ("p[9]", "Join our club of readers"),
        False: ("p[9]", "Get the paper app now"),
    }
    return [[page(n, lines_of[n < CHANGED])] for n in range(30)]


def test_a_rule_ends_with_its_layout() -> None:
    layouts, found = learned(changed())
    assert [layout.pages for layout in layouts.found] == [15, 15]
    day = datetime(2026, 1, 1 + CHANGED, tzinfo=UTC)
    assert [(one.since, one.until) for one in layouts.found] == [(None, day), (day, None)]
    table = tomllib.loads(toml.rule_file("news.example", layouts.found, found))
    assert [(rule["phrases"], rule.get("since"), rule.get("until")) for rule in table["rule"]] == [
        (["Join our club of readers"], None, day.date()),
        (["Get the paper app now"], day.date(), None),
    ]


def test_a_layout_that_is_seldom_is_not_over_because_the_last_pages_are_of_another() -> None:
    histories = [[page(n, day=n)] for n in range(CHANGED)]
    other = [[page(100 + n, day=n)] for n in range(0, CHANGED - 1, 4)]
    for (seen,) in other:
        blocks = tuple(
            one._replace(path=one.path.replace(OLD, "/html/body/div.film/figure.clip"))
            for one in seen.page.blocks
        )
        histories.append([replace(seen, page=replace(seen.page, blocks=blocks))])
    layouts, _ = learned(histories)
    assert sorted(layout.pages for layout in layouts.found) == [4, 15]
    assert {layout.until for layout in layouts.found} == {None}


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_pages_changes_no_byte(chance: random.Random) -> None:
    histories = changed() + [[page(40 + n, *teasers(n), day=n % 14)] for n in range(20)]
    histories[3] = [*histories[3], page(3, day=20)]
    layouts, found = learned(histories)
    expected = toml.rule_file("news.example", layouts.found, found)
    chance.shuffle(histories)
    for history in histories:
        chance.shuffle(history)
    layouts, found = learned(histories)
    assert toml.rule_file("news.example", layouts.found, found) == expected


@given(st.lists(texts, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_a_sample_is_the_same_in_every_order(said: list[str], chance: random.Random) -> None:
    one, other = Least(3), Least(3)
    for text in said:
        one.add(text)
    chance.shuffle(said)
    for text in said:
        other.add(text)
    assert one.all() == other.all()
    assert len(one.all()) == min(3, len(set(said)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["Join us", "Rain fell", "Read 5", "Read 6"]), max_size=4), min_size=1, max_size=6))  # fmt: skip
def test_no_count_is_too_low(pages: list[list[str]]) -> None:
    survey = Survey()
    for number, said in enumerate(pages):
        survey.add([page(number, *(("p[9]", text) for text in said), day=1)])
    for number, said in enumerate(pages):
        for line in lines(page(number, *(("p[9]", text) for text in said), day=1).page):
            same = sum(line.key in map(folded, other) for other in pages)
            assert survey.count(line_id(line)) >= max(1, same)


def finding(kind: str, what: str) -> Finding:
    return Finding(
        layout=0,
        kind=kind,  # type: ignore[arg-type]
        what=what,
        needs_context=True,
        verdict="proposed",
        why=what,
        pages=5,
        of=10,
        kept=5,
        first=BEGUN,
        last=BEGUN,
        where=what,
        urls=(what,),
        lines=(what, f"{what} more"),
    )


NASTY = ['"""', "\\", "\\u202e", "# x", "a\u202eb", "a\u2028b", "a\u0085b", "]]\n[[rule]]", "a\x1b[2Jb", "क्\u200dष", "\U000e0041x", "'''"]  # fmt: skip


@given(st.one_of(st.sampled_from(NASTY), texts, st.text()))
def test_no_text_of_a_page_leaves_its_place_in_the_file(said: str) -> None:
    said = normal.collapse(said)
    layouts, _ = learned(changed())
    text = toml.rule_file("news.example", layouts.found, [finding("line", said)])
    (rule,) = tomllib.loads(text)["rule"]
    assert rule["phrases"] == [said]
    assert rule["strips"] == [said, f"{said} more"]
    hidden = {one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"}}
    assert hidden <= {"\n", "\u200c", "\u200d"}
    assert toml.is_ours(text)


def test_the_id_of_a_rule_is_bounded_and_its_own() -> None:
    """Whatever the phrase is, and though two begin alike."""
    ids = {name_of("news.example", finding("line", "x" * 900 + end)) for end in "ab"}
    assert len(ids) == 2
    assert max(map(len, ids)) < 100


def test_a_file_that_anybody_changed_is_not_ours() -> None:
    layouts, found = learned(changed())
    text = toml.rule_file("news.example", layouts.found, found)
    assert toml.is_ours(text)
    for other in (text.replace("club", "clubs"), text + "\n", text[1:], text.replace("\n", "\r\n"), ""):  # fmt: skip
        assert not toml.is_ours(other)


def test_what_is_learned_is_a_rule_file() -> None:
    layouts, found = learned(changed())
    pack = check("news.example", toml.rule_file("news.example", layouts.found, found))
    assert pack.sites == ("news.example",)
    assert len({rule.id for rule in pack.rules}) == len(pack.rules) == 2


def test_a_page_costs_no_more_than_so_many_lines() -> None:
    blocks = tuple(Block("/html/body/p", f"line {n}") for n in range(5 * MAX_LINES))
    assert len(list(lines(Page(url="", media_type="text/html", blocks=blocks)))) == MAX_LINES


def test_names_of_elements() -> None:
    assert place("/html/body.a[2]/div[3]#x/p[role=x]") == "/html/body/div/p"
    assert elements("/html/body.a/div[3].b.c/ul/li") == (("div.b", "div.c"),)
    assert elements("/html/body/div.story/h3.wp-block-heading/nav") == (("nav",),)
