"""Learning through a real archive: made-up sites, the rules that come of them, and who may write."""

from __future__ import annotations

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
from archiver.work.learning import accept, as_record, learn, table
from archiver.work.reclean import reclean
from benchmarks.learning import Result, run, score, store_pages
from benchmarks.learning_sites import Made, Site
from tests.conftest import archive_with

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SITE = Site("development", "hi", 0, 40)
PAGES = SITE.pages()


def fill(engine: Engine, _: Path) -> None:
    """The site's pages, stored and not yet cleaned."""
    store_pages(engine, SITE.host, PAGES)


filled = archive_with(fill, "postgresql")
small = archive_with(fill, "sqlite")


def proposal(engine: Engine, rules: Path) -> str:
    (learned,) = learn(engine, Cleaner(rules), [SITE.host])
    return learned.text


@pytest.mark.parametrize("language", ["ta", "ur"])
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
    first = proposal(filled, tmp_path)
    assert first
    (learned,) = learn(filled, Cleaner(tmp_path), [SITE.host])
    file = accept(learned, tmp_path)
    assert file == tmp_path / "learned" / f"{SITE.host}.toml"
    assert file.read_text("utf-8") == first
    reclean(filled, Cleaner(tmp_path), clock=lambda: NOW)
    assert proposal(filled, tmp_path) == first
    (learned,) = learn(filled, Cleaner(tmp_path), [SITE.host])
    assert accept(learned, tmp_path) is None


def test_the_order_in_which_pages_came_changes_no_byte(small: Engine, tmp_path: Path) -> None:
    path = tmp_path / "other" / "archive.db"
    path.parent.mkdir()
    archive.upgrade(f"sqlite:///{path}")
    other = archive.connect(f"sqlite:///{path}")
    store_pages(other, SITE.host, PAGES[::-1])
    assert proposal(other, tmp_path) == proposal(small, tmp_path)
    other.dispose()


def test_a_dry_run_names_the_rules_and_what_they_take(small: Engine, tmp_path: Path) -> None:
    reclean(small, Cleaner(tmp_path), clock=lambda: NOW)
    (learned,) = learn(small, Cleaner(tmp_path), [SITE.host])
    accept(learned, tmp_path)
    report = reclean(small, Cleaner(tmp_path), dry_run=True, clock=lambda: NOW)
    taken = {rule for rule, _ in report.sites[SITE.host].removed}
    ids = {one["id"] for one in as_record(learned)["findings"] if one["id"]}
    assert taken
    assert taken <= ids
    chrome = {line for made in PAGES for line in made.chrome}
    gone = {line for _, line in report.sites[SITE.host].removed}
    assert gone <= chrome


def test_a_file_that_was_edited_is_left_alone(small: Engine, tmp_path: Path) -> None:
    (learned,) = learn(small, Cleaner(tmp_path), [SITE.host])
    file = accept(learned, tmp_path)
    assert file is not None
    mine = file.read_text("utf-8").replace("needs_context = true\n", "", 1)
    file.write_text(mine, "utf-8")
    with pytest.raises(BadInput, match="was edited"):
        accept(learned, tmp_path)
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


def test_pages_that_do_not_read_are_left_out_and_told(small: Engine, tmp_path: Path) -> None:
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

    before = proposal(small, tmp_path)
    (learned,) = learn(small, Cleaner(tmp_path), [SITE.host], tell=tell)
    assert [line for line in told if "is left out" in line]
    assert learned.text == before


def test_the_table_tells_every_finding(small: Engine, tmp_path: Path) -> None:
    (learned,) = learn(small, Cleaner(tmp_path), [SITE.host])
    rows = list(table(learned))
    assert len(rows) == len(learned.layouts) + len(learned.findings)
    verdicts = {one.verdict for one in learned.findings}
    assert verdicts == {"proposed", "removed already", "left alone"}


def test_what_is_scored_is_what_is_known(small: Engine, tmp_path: Path) -> None:
    """The benchmark's own count: every line of every page, once."""
    cleaner = Cleaner(tmp_path)
    reclean(small, cleaner, clock=lambda: NOW)
    result = Result()
    score(small, cleaner, PAGES, result.alone)
    assert sum(one.story for one in result.alone) == sum(len(made.story) for made in PAGES)
    assert sum(one.chrome for one in result.alone) == sum(len(made.chrome) for made in PAGES)
