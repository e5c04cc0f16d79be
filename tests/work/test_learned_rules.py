"""Learning through a real archive: made-up sites, the rules that come of them, and who may write."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.errors import BadInput
from archiver.learn.propose import MIN_LAYOUT
from archiver.model import Fetched, Found
from archiver.work.cleaning import Cleaner
from archiver.work.learning import Learned, accept, as_record, learn, table
from archiver.work.reclean import reclean
from benchmarks.learning import Result, run, score, store_pages
from benchmarks.learning_sites import Made, Site
from tests.conftest import Templates, archive_with

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SITE = Site("development", "hi", 0, 40)
PAGES = SITE.pages()


def fill(engine: Engine, _: Path) -> None:
    """The site's pages, stored and not yet cleaned."""
    store_pages(engine, SITE.host, PAGES)


filled = archive_with(fill, "postgresql")
small = archive_with(fill, "sqlite")


def learned_of(engine: Engine, rules: Path) -> Learned:
    (learned,) = learn(engine, Cleaner(rules), [SITE.host])
    return learned


@pytest.fixture(scope="module")
def first(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """What is learned of the site while no rules of its own are in force."""
    folder = tmp_path_factory.mktemp("first")
    with templates.opened("sqlite", folder, fill) as opened:
        return learned_of(opened, folder)


@pytest.mark.parametrize("language", ["ta", pytest.param("ur", marks=pytest.mark.large)])
def test_learned_rules_take_chrome_and_no_story_before_and_after_a_change(
    language: str, tmp_path: Path
) -> None:
    result = Result()
    learned = run(Site("development", language, 1, 40), tmp_path, result)
    assert learned.rules > 1
    for alone, with_rules in zip(result.alone, result.learned, strict=True):
        assert with_rules.story_gone == alone.story_gone
        assert with_rules.chrome_gone > alone.chrome_gone
    ends = [layout.until for layout in learned.layouts if layout.until]
    assert ends


def test_rules_in_force_change_no_proposal(filled: Engine, tmp_path: Path) -> None:
    """Learned again, after the pages were cleaned by what was learned: the same file."""
    learned = learned_of(filled, tmp_path)
    assert learned.text
    file = accept(learned, tmp_path)
    assert file == tmp_path / "learned" / f"{SITE.host}.toml"
    assert file.read_text("utf-8") == learned.text
    reclean(filled, Cleaner(tmp_path), clock=lambda: NOW)
    again = learned_of(filled, tmp_path)
    assert again.text == learned.text
    assert accept(again, tmp_path) is None


def test_the_order_in_which_pages_came_changes_no_byte(
    first: Learned, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    other = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    store_pages(other, SITE.host, PAGES[::-1])
    assert learned_of(other, tmp_path).text == first.text
    other.dispose()


def test_a_dry_run_names_the_rules_and_what_they_take(
    small: Engine, first: Learned, tmp_path: Path
) -> None:
    reclean(small, Cleaner(tmp_path), clock=lambda: NOW)
    accept(first, tmp_path)
    report = reclean(small, Cleaner(tmp_path), dry_run=True, clock=lambda: NOW)
    taken = {rule for rule, _ in report.sites[SITE.host].removed}
    ids = {one["id"] for one in as_record(first)["findings"] if one["id"]}
    assert taken
    assert taken <= ids
    chrome = {line for made in PAGES for line in made.chrome}
    gone = {line for _, line in report.sites[SITE.host].removed}
    assert gone <= chrome


def test_a_file_that_was_edited_is_left_alone(first: Learned, tmp_path: Path) -> None:
    file = accept(first, tmp_path)
    assert file is not None
    mine = file.read_text("utf-8").replace("needs_context = true\n", "", 1)
    file.write_text(mine, "utf-8")
    with pytest.raises(BadInput, match="was edited"):
        accept(first, tmp_path)
    assert file.read_text("utf-8") == mine


def test_few_pages_say_so_and_write_nothing(small: Engine, tmp_path: Path) -> None:
    host = "few.example"
    made = [Made(f"https://{host}/{at}", one.at, 0, one.body, (), ()) for at, one in enumerate(PAGES[:9])]  # fmt: skip
    store_pages(small, host, made)
    (learned,) = learn(small, Cleaner(tmp_path), [host])
    assert f"too few pages to learn from: 9; a layout needs {MIN_LAYOUT}" in learned.told
    assert accept(learned, tmp_path) is None
    assert not (tmp_path / "learned").exists()


def test_a_site_that_is_not_there_is_named(small: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no site is called 'other\.example'"):
        list(learn(small, Cleaner(tmp_path), ["other.example"]))


def test_a_sample_is_told_and_is_enough(small: Engine, tmp_path: Path) -> None:
    (learned,) = learn(small, Cleaner(tmp_path), [SITE.host], most=30)
    assert learned.told.startswith(f"{SITE.host}: ")
    assert "from 30 of 40 pages" in learned.told


def test_pages_that_do_not_read_are_left_out_and_told(
    small: Engine, first: Learned, tmp_path: Path
) -> None:
    """A picture among the pages, and a page whose lines would end a file's."""
    with archive.write(small) as c:
        run_ = store.start_run(c, "import", {}, NOW)
        store.add_targets(c, SITE.host, [Found(url=f"https://{SITE.host}/x")], None, NOW)
        target = queries.find_target(c, f"https://{SITE.host}/x")
        answer = Fetched(
            requested_url="x",
            final_url=f"https://{SITE.host}/x",
            outcome="ok",
            reason="",
            started_at=NOW,
            body=b"\x89PNG\r\n\x1a\n" + bytes(200),
        )
        store.store_fetch(c, run_, target, answer, NOW)
    told: list[str] = []

    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        told.extend([] if passing else [message])

    (learned,) = learn(small, Cleaner(tmp_path), [SITE.host], tell=tell)
    assert [line for line in told if "is left out" in line]
    assert learned.text == first.text


def test_the_table_tells_every_finding(first: Learned) -> None:
    rows = list(table(first))
    assert len(rows) == len(first.layouts) + len(first.findings)
    verdicts = {one.verdict for one in first.findings}
    assert verdicts == {"proposed", "removed already", "left alone"}


def test_what_is_scored_is_what_is_known(small: Engine, tmp_path: Path) -> None:
    """The benchmark's own count: every line of every page, once."""
    cleaner = Cleaner(tmp_path)
    reclean(small, cleaner, clock=lambda: NOW)
    result = Result()
    score(small, cleaner, PAGES, result.alone)
    assert sum(one.story for one in result.alone) == sum(len(made.story) for made in PAGES)
    assert sum(one.chrome for one in result.alone) == sum(len(made.chrome) for made in PAGES)
