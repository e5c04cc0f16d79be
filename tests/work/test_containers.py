"""Containers learned of sites that are made here: what teaches, what fits, what takes the long way.

Words of texts and of chrome are drawn from two lists, so what belongs where is known.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from archiver import rules
from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.clean import cut
from archiver.errors import BadInput, BadRules
from archiver.extract.template import MARKER
from archiver.model import Fetched, Found, Page, Snapshot
from archiver.text import normal
from archiver.work import containers
from archiver.work.cleaning import Cleaner
from archiver.work.reclean import reclean
from tests import strategies

SITE = "made.example"
FIRST = datetime(2025, 3, 1, 6, tzinfo=UTC)
STORY = (
    "river bridge council rain harvest village market school doctor farmer road water minister "
    "night fire train winter teacher evening morning"
).split()
CHROME = "Subscribe Weather Cricket Horoscope Video Gallery Photos Jobs Quiz Contact About".split()


def sentence(draw: random.Random, words: int = 14) -> str:
    return " ".join(draw.choice(STORY) for _ in range(words)).capitalize() + "."


def story(number: int, paragraphs: int = 0) -> list[str]:
    draw = random.Random(number)  # noqa: S311 - a story, no secret
    return [
        " ".join(sentence(draw) for _ in range(draw.randint(2, 4)))
        for _ in range(paragraphs or draw.randint(4, 9))
    ]


def links(draw: random.Random, count: int) -> str:
    return "".join(f'<li><a href="/{n}">{draw.choice(CHROME)} {n}</a></li>' for n in range(count))


def old(number: int, body: str) -> str:
    draw = random.Random(-number)  # noqa: S311 - a story, no secret
    return (
        f"<html lang=en><head><title>Story {number} of the day</title></head>"
        f'<body class="home post-{number}"><header class=top><ul>{links(draw, 9)}</ul></header>'
        f"<div class=page><div class=story><h1>Story {number} of the day</h1>"
        f"<div class=text>{body}<div class=related><ul>{links(draw, 3)}</ul></div></div></div>"
        f"<div class=rail><ul>{links(draw, 12)}</ul></div></div>"
        f"<footer>{' '.join(CHROME)}</footer></body></html>"
    )


def new(number: int, body: str) -> str:
    draw = random.Random(-number)  # noqa: S311 - a story, no secret
    return (
        f"<html lang=en><head><title>Story {number} of the day</title></head>"
        f"<body class=reader><nav class=bar><ul>{links(draw, 7)}</ul></nav><main>"
        f'<article class="card n{number}"><h1>Story {number} of the day</h1>'
        f"<section class=prose>{body}</section><aside class=more><ul>{links(draw, 4)}</ul></aside>"
        f"</article></main><footer class=end>{' '.join(CHROME)}</footer></body></html>"
    )


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


CHANGE = 14  # pages of the old layout, and as many of the new


def html(number: int) -> bytes:
    layout = old if number < CHANGE else new
    return layout(number, paragraphs(story(number))).encode()


def url(number: int) -> str:
    return f"https://{SITE}/{number}"


def fetched(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def snapshot(body: str | bytes, number: int) -> Snapshot:
    raw = body if isinstance(body, bytes) else body.encode()
    at = fetched(number)
    return Snapshot(url=url(number), fetched_at=at, body=raw, content_type="text/html")


def fill(engine: Engine, numbers: list[int], bodies: list[bytes] | None = None) -> None:
    for at, number in enumerate(numbers):
        with archive.write(engine) as c:
            run = store.start_run(c, "import", {}, fetched(number))
            store.put_site(c, SITE, {}, FIRST)
            store.add_targets(c, SITE, [Found(url=url(number))], None, FIRST)
            target = queries.find_target(c, url(number))
            assert target is not None
            page = Fetched(
                requested_url=url(number),
                final_url=url(number),
                outcome="ok",
                reason="",
                started_at=fetched(number),
                headers=(("content-type", "text/html"),),
                body=bodies[at] if bodies else html(number),
            )
            store.store_fetch(c, run, target, page, fetched(number))


def empty(template: Path, folder: Path) -> Engine:
    """An archive without pages, in a folder."""
    shutil.copy(template, folder / "archive.db")
    return archive.connect(f"sqlite:///{folder}/archive.db")


@pytest.fixture(scope="module")
def engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An archive with a change of layout in its history."""
    made = empty(sqlite_template, tmp_path_factory.mktemp("made"))
    fill(made, list(range(2 * CHANGE)))
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules of a user who has accepted what was learned."""
    made: Path = tmp_path_factory.mktemp("rules")
    (learned,) = containers.learn(engine, Cleaner(None), [SITE])
    assert containers.accept(learned, made) is not None
    return made


@pytest.fixture(scope="module")
def cleaner(folder: Path) -> Cleaner:
    return Cleaner(folder)


def texts_of(page: Page, cleaner: Cleaner) -> list[str]:
    return cleaner.document(page, SITE).text.split("\n\n")


def test_each_layout_has_its_container_within_its_time(cleaner: Cleaner) -> None:
    """Their selectors lead to the article; names that change from page to page are no part."""
    by_selector = {one.selector: one for one in cleaner.containers[SITE]}
    assert set(by_selector) == {
        "body.home > div.page > div.story",
        "body.reader > main > article.card > section.prose",
    }
    before, after = (by_selector[name] for name in sorted(by_selector))
    last = fetched(CHANGE - 1).isoformat()
    assert before.since < last < before.until
    assert (before.since, after.until) == ("", "")
    assert after.since > last
    assert {"div.text/p", "h1:label"} <= set(before.text)
    assert before.chrome == ("div.text/div.related/*",)
    assert {"0/header.top", "0/footer", "1/div.rail"} <= set(before.quiet)


@pytest.mark.parametrize("number", [3, CHANGE - 1, CHANGE, 2 * CHANGE + 5])
def test_pages_before_and_after_the_change_fit_and_are_right(cleaner: Cleaner, number: int) -> None:
    """Their text is the story, no more and no less, and each is laid out in few blocks."""
    page = cleaner.page(snapshot(html(number), number), SITE)
    long = Cleaner(None).page(snapshot(html(number), number), SITE)
    assert page.asked == (MARKER,)
    assert MARKER in page.flags
    assert texts_of(page, cleaner) == story(number)
    assert page.metadata == long.metadata
    assert (page.language, page.script, page.systems) == (long.language, long.script, long.systems)
    assert len(page.blocks) < len(long.blocks) - 8


def test_what_is_on_no_page_that_taught_goes_the_long_way(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """Of a site whose new layout is not learned yet, its pages are cleaned as ever."""
    before = empty(sqlite_template, tmp_path)
    fill(before, list(range(CHANGE)))
    (learned,) = containers.learn(before, Cleaner(None), [SITE])
    before.dispose()
    containers.accept(learned, tmp_path)
    cleaner = Cleaner(tmp_path)
    (one,) = cleaner.containers[SITE]
    assert (one.since, one.until) == ("", "")
    after = snapshot(html(CHANGE + 1), CHANGE + 1)
    page = cleaner.page(after, SITE)
    assert page == Cleaner(None).page(after)
    assert texts_of(page, cleaner) == story(CHANGE + 1)


def test_a_page_at_another_time_than_its_layouts_goes_the_long_way(cleaner: Cleaner) -> None:
    """A container ends with its layout, as a rule does."""
    late = snapshot(html(3), 2 * CHANGE)
    assert cleaner.page(late, SITE) == Cleaner(None).page(late)


LONG = paragraphs(story(99, 30))
ITEMS = (
    f"<ul>{''.join(f'<li>Ward {n} gave {7 * n} votes to the farmer</li>' for n in range(40))}</ul>"
)
STRANGE = {
    "the container is empty": old(3, ""),
    "it stands there twice": old(3, paragraphs(story(3))).replace(
        "<div class=rail>", f"<div class=story><div class=text>{LONG}</div></div><div class=rail>"
    ),
    "it is many times as large": old(3, paragraphs(story(3, 400))),
    "it holds one line": old(3, "<p>A short line of a page with a picture.</p>"),
    "it is hidden": old(3, paragraphs(story(3))).replace(
        "<div class=text>", "<div class=text hidden>"
    ),
    "the story stands beside it": old(3, paragraphs(story(3))).replace(
        "<div class=rail>", f"<div class=body>{LONG}</div><div class=rail>"
    ),
    "the story stands in what was quiet": old(3, paragraphs(story(3))).replace(
        "<div class=rail>", f"<div class=rail>{LONG}"
    ),
    "it has elements that no page had": old(
        3, "".join(f"<blockquote><em>{text}</em></blockquote>" for text in story(3))
    ),
    "it has only links": old(3, "".join(f'<p><a href="/x">{text}</a></p>' for text in story(3))),
    "a list of the story in what was no article": old(3, paragraphs(story(3))).replace(
        "<div class=related>", f"<div class=related>{ITEMS}"
    ),
    "a list of the story in what was quiet": old(3, paragraphs(story(3))).replace(
        "<div class=rail>", f"<div class=rail>{ITEMS}"
    ),
    "a list of the story beside it": old(3, paragraphs(story(3))).replace(
        "<div class=rail>", f"<div class=votes>{ITEMS}</div><div class=rail>"
    ),
    "a sentence of the story in what was no article": old(3, paragraphs(story(3))).replace(
        "<div class=related>", "<div class=related><p>The council of the village met at night.</p>"
    ),
    "another body": old(3, paragraphs(story(3))).replace('class="home ', 'class="front '),
}


@pytest.mark.parametrize("page", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_page_goes_the_long_way(cleaner: Cleaner, page: str) -> None:
    """What does not fit is laid out, to the last number, as if nothing had been learned."""
    taken = snapshot(page, 3)
    assert cleaner.page(taken, SITE) == Cleaner(None).page(taken)


def test_what_is_no_link_is_counted(cleaner: Cleaner) -> None:
    """Of what taught: the footer is all that is no link outside, and inside there is nothing."""
    before = next(one for one in cleaner.containers[SITE] if "story" in one.selector)
    assert before.beside == len(" ".join(CHROME))
    assert before.unlinked == ()
    more = old(3, paragraphs(story(3))).replace("<div class=related>", "<div class=related>Also: ")
    assert MARKER in cleaner.page(snapshot(more, 3), SITE).asked


WELDED = f"""sites = ["{SITE}"]
[[container]]
id = "mine"
why = "a list is laid out as one line"
selector = "body.home > div.page > div.story"
text = ["h1:label", "div.text/p"]
chrome = ["div.text/ul/*", "div.text/div.related/*"]
quiet = ["2/div.text/ul"]
letters = [300, 9000]
outside = 900
beside = 900
[container.unlinked]
"div.text/ul/*" = 2000
"""


def test_a_block_of_many_lines_is_never_kept(tmp_path: Path) -> None:
    """Where the cleaner would keep the block of a quiet element the page takes the long way."""
    told = story(3)
    items = "".join(f"<li>{text}</li>" for text in story(5, 3))
    some = '<li><a href="/1">Cricket</a></li><li><a href="/2">Jobs of the day</a></li>'
    listed = snapshot(old(3, f"{paragraphs(told[:2])}<ul>{items}</ul>{paragraphs(told[2:])}"), 3)
    linked = snapshot(
        old(3, f"{paragraphs(told[:2])}<ul>{some}</ul>{paragraphs(told[2:])}"),
        3,
    )
    (tmp_path / "mine.toml").write_text(WELDED, "utf-8")
    cleaner = Cleaner(tmp_path)
    assert cleaner.page(listed, SITE) == Cleaner(None).page(listed)
    assert texts_of(cleaner.page(listed, SITE), cleaner) == told[:2] + story(5, 3) + told[2:]
    short = cleaner.page(linked, SITE)
    assert MARKER in short.asked
    assert texts_of(short, cleaner) == told
    (tmp_path / "mine.toml").write_text(
        WELDED.replace('"div.text/p"]', '"div.text/p", "div.text/ul"]')
    )
    assert Cleaner(tmp_path).page(listed, SITE) == Cleaner(None).page(listed)


def test_the_text_of_the_container_itself_is_a_place(sqlite_template: Path, tmp_path: Path) -> None:
    """Lines that stand in no element of their own: what is learned of them can be read."""
    mine = empty(sqlite_template, tmp_path)
    bodies = [old(n, "<br>".join(story(n))).encode() for n in range(CHANGE)]
    fill(mine, list(range(CHANGE)), bodies)
    (learned,) = containers.learn(mine, Cleaner(None), [SITE])
    mine.dispose()
    assert learned.text
    containers.accept(learned, tmp_path)
    assert Cleaner(tmp_path).containers[SITE] == learned.containers


def test_other_sites_and_pages_without_a_site_are_as_ever(cleaner: Cleaner) -> None:
    """A container is of one site: no name of another's changes."""
    taken, plain = snapshot(html(3), 3), Cleaner(None)
    assert cleaner.page(taken) == cleaner.page(taken, "other.example") == plain.page(taken)
    assert cleaner.extractor == cleaner.extractor_of("other.example") == plain.extractor
    assert cleaner.extractor_of(SITE) != plain.extractor
    assert cleaner.site_of(cleaner.extractor_of(SITE)) == SITE
    assert cleaner.site_of(plain.extractor) == ""
    assert cleaner.site_of("another") is None
    assert cleaner.name("other.example", "en", ()) == plain.name("other.example", "en", ())
    assert cleaner.name(SITE, "en", ()) != plain.name(SITE, "en", ())
    ids = [one["id"] for one in cleaner.recipe(SITE, "en", ())["containers"]]
    assert ids == [one.id for one in cleaner.containers[SITE]]


@given(soup=strategies.soup, where=st.integers(0, 3))
def test_kept_and_removed_are_every_block_of_a_page_that_fits(
    cleaner: Cleaner, soup: str, where: int
) -> None:
    """Whatever stands in and around the container; and no letter of the page is missing."""
    place = ("</header>", "<div class=text>", "<div class=rail>", "</footer>")[where]
    body = old(3, paragraphs(story(3))).replace(place, f"{place}<div>{soup}</div>", 1)
    page = cleaner.page(snapshot(body, 3), SITE)
    document = cleaner.document(page, SITE)
    assert "\n\n".join(text for _, text in cut.kept(page.blocks, document.marks)) == document.text
    ends: dict[int, int] = {}
    for mark in document.marks:  # sorted, disjoint, inside their blocks
        assert ends.get(mark.block, 0) <= mark.start < mark.end
        ends[mark.block] = mark.end
        assert mark.end <= len(page.blocks[mark.block].text)
    if MARKER in page.asked:
        shown = normal.skeleton("".join(block.text for block in page.blocks))
        assert shown == strategies.text_of(body)


def done(engine: Engine, cleaner: Cleaner, jobs: int) -> tuple[int, int]:
    """Re-clean; how many documents were looked at, and of how many the text changed."""
    report = reclean(engine, cleaner, jobs=jobs, clock=lambda: FIRST)
    assert report.failed == 0
    sites = report.sites.values()
    return report.totals.total(), sum(site.changed for site in sites)


def test_a_reclean_changes_only_the_sites_pages_and_only_once(
    folder: Path, sqlite_template: Path, tmp_path: Path
) -> None:
    """With any number of jobs: the same documents; what was learned makes no other site stale."""
    texts = []
    for jobs in (0, 2):
        (tmp_path / str(jobs)).mkdir()
        mine = empty(sqlite_template, tmp_path / str(jobs))
        numbers = list(range(CHANGE - 4, CHANGE + 4))
        fill(mine, numbers if jobs else numbers[::-1])
        assert done(mine, Cleaner(None), jobs) == (len(numbers), 0)
        assert done(mine, Cleaner(folder), jobs) == (len(numbers), 0)
        assert done(mine, Cleaner(folder), jobs) == (0, 0)
        with archive.read(mine) as c:
            rows = c.exec_driver_sql(
                "SELECT target.url, text.text, document.cleaner, document.flags FROM target "
                "JOIN document ON document.id = target.document "
                "JOIN text ON text.digest = document.text ORDER BY target.url"
            ).all()
        texts.append([tuple(row) for row in rows])
        assert all(MARKER in row[3] for row in texts[-1])
        # And back, where the file is gone.
        assert done(mine, Cleaner(None), jobs)[1] == 0
        mine.dispose()
    assert texts[0] == texts[1]


def test_what_is_learned_does_not_depend_on_what_is_in_force_or_on_order(
    engine: Engine, folder: Path
) -> None:
    """A second look with the containers in force proposes the very same file."""
    (again,) = containers.learn(engine, Cleaner(folder), [SITE])
    file = folder / rules.LEARNED / f"{SITE}+containers.toml"
    assert again.text == file.read_text("utf-8")
    assert containers.accept(again, folder) is None


def test_a_file_that_a_person_changed_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    """A person's word is last, and is in force."""
    (learned,) = containers.learn(engine, Cleaner(None), [SITE])
    file = containers.accept(learned, tmp_path)
    assert file is not None
    changed = file.read_text("utf-8").replace("outside = ", "outside = 1")
    file.write_text(changed, "utf-8")
    with pytest.raises(BadInput, match="left as it is"):
        containers.accept(learned, tmp_path)
    assert file.read_text("utf-8") == changed
    assert Cleaner(tmp_path).extractor_of(SITE) != Cleaner(None).extractor


def test_too_few_pages_teach_nothing(sqlite_template: Path, tmp_path: Path) -> None:
    """A few pages agree by chance."""
    few = empty(sqlite_template, tmp_path)
    fill(few, list(range(7)))
    (learned,) = containers.learn(few, Cleaner(None), [SITE])
    assert (learned.pages, learned.of, learned.text) == (7, 7, "")
    few.dispose()


GOOD = """sites = ["made.example"]
[[container]]
id = "a"
why = "learned"
selector = "body > main"
text = ["p"]
chrome = []
letters = [100, 200]
outside = 0
"""
WRONG = {
    "sites = []": ("one site", GOOD.replace('["made.example"]', "[]")),
    "descendant": ("no element like", GOOD.replace("body > main", "body > main p")),
    "from main": ("from the body", GOOD.replace("body > main", "main > div")),
    "no why": ("why is missing", GOOD.replace('why = "learned"', "")),
    "letters": ("two whole numbers", GOOD.replace("[100, 200]", "[100]")),
    "a text": ("two whole numbers", GOOD.replace("[100, 200]", '"many"')),
    "quiet": ("level", GOOD + 'quiet = ["9/header"]\n'),
    "key": ("no key", GOOD + "colour = 1\n"),
    "many letters": ("letters .* whole numbers", GOOD.replace("200", "9" * 23)),
    "many outside": ("outside .* whole number", GOOD.replace("outside = 0", f"outside = {10**20}")),
    "many beside": ("beside .* whole number", GOOD + f"beside = {10**20}\n"),
    "many unlinked": ("unlinked .* whole numbers", f"{GOOD}unlinked = {{p = {10**20}}}\n"),
    "unlinked": ("unlinked .* whole numbers", GOOD + "unlinked = 7\n"),
    "no number": ("cannot be read", GOOD.replace("200", "9" * 5000)),
    "many levels": ("level", f'{GOOD}quiet = ["{"9" * 5000}/header"]\n'),
    "fewest last": ("fewest must come first", GOOD.replace("[100, 200]", "[900, 10]")),
    "ends first": ("ends before", GOOD + "since = 2026-03-02\nuntil = 2026-03-01\n"),
    "no sentences": ("place of sentences", GOOD.replace('["p"]', '["p:label", "a:linked"]')),
    "no text": ("place of sentences", GOOD.replace('["p"]', "[]")),
    "star": ("no place", GOOD.replace("chrome = []", 'chrome = ["*"]')),
    "all": ("no place", GOOD.replace("chrome = []", 'chrome = ["/*"]')),
    "star in text": ("no \\*", GOOD.replace('["p"]', '["p", "div/*"]')),
    "number": ("must be texts", GOOD.replace('"learned"', "7")),
}


@pytest.mark.parametrize(("said", "text"), WRONG.values(), ids=WRONG.keys())
def test_a_container_that_cannot_be_is_told(tmp_path: Path, said: str, text: str) -> None:
    """A person may write the file: what is wrong is named."""
    (tmp_path / "mine.toml").write_text(GOOD, "utf-8")
    assert len(Cleaner(tmp_path).containers[SITE]) == 1
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    with pytest.raises(BadRules, match=said) as fault:
        Cleaner(tmp_path)
    assert "mine.toml" in str(fault.value)
