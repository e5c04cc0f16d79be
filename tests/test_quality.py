"""The quality of the cleaner on a small, fixed part of the development data never falls.

The whole comparison, with the other extractors beside, is `python -m benchmarks.extraction`.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from benchmarks import extraction
from benchmarks.extractors import run
from benchmarks.gold import (
    SHARED,
    Page,
    Row,
    Scorer,
    asides_left,
    load,
    mean,
    segment_f1,
    shingle_f1,
)

# Floors only rise: a better cleaner lifts them to what it reaches less 0.005, none lowers them.
# Each set is the pages of it with the lowest hashes of their ids: F1 of shingles, of segments
# for `trafilatura`.
FLOORS = {
    "aeb": 0.934,
    "daniel": 0.967,
    "fundus": 0.955,
    "magic-article": 0.954,
    "magic-forum": 0.528,
    "southasia/real": 0.995,
    "southasia/render": 0.983,
    "trafilatura": 0.939,
    "pages/dev": 0.991,
}
A_SET = 6  # pages of each, if it is not one of WHOLE
WHOLE = ("southasia/real", "southasia/render", "pages/dev")
CHROME_AT_MOST = 3  # lines of chrome on pages/dev, as lines or inside lines
CAPTIONS_AT_MOST = 0
JOINERS_AT_MOST = 0


def chosen(pages: list[Page], name: str) -> list[Page]:
    """The fixed pages of a set."""
    ranked = sorted(
        (page for page in pages if page.set == name),
        key=lambda page: sha256(page.id.encode()).digest(),
    )
    return ranked if name in WHOLE else ranked[:A_SET]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Row]]:
    """The figures of every page in the part, by set."""
    if not (SHARED / "bench/extraction").is_dir():
        pytest.skip("../shared is not here")
    known = load(SHARED)
    part = [page for name in FLOORS for page in chosen(known, name)]
    scorer = Scorer(SHARED)
    found: dict[str, list[Row]] = {}
    for page, record in zip(part, run("archiver", part), strict=True):
        assert "error" not in record, record
        found.setdefault(page.set, []).append(scorer.row(page, record))
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_a_set_is_at_its_floor(rows: dict[str, list[Row]], name: str) -> None:
    reached = segment_f1(rows[name]) if name == "trafilatura" else mean(rows[name], "shingle_f")
    assert reached is not None
    assert reached >= FLOORS[name]


def wrong(rows: dict[str, list[Row]], *keys: str) -> float:
    """What is wrong on the pages read line by line, in sum."""
    return sum(row[key] for row in rows["pages/dev"] for key in keys)


def test_little_chrome_is_left_on_pages_read_by_hand(rows: dict[str, list[Row]]) -> None:
    assert wrong(rows, "chrome", "chrome_inside") <= CHROME_AT_MOST
    assert wrong(rows, "captions", "captions_inside") <= CAPTIONS_AT_MOST


def test_no_joiner_is_lost_on_pages_read_by_hand(rows: dict[str, list[Row]]) -> None:
    assert wrong(rows, "joiners") <= JOINERS_AT_MOST


def test_an_interval_is_of_the_paired_difference() -> None:
    """Pages differ a hundred times more than the systems do: pairing takes that out."""
    theirs: list[Row] = [{"shingle_f": at / 100} for at in range(60)]
    ours: list[Row] = [{"shingle_f": at / 100 + 0.01} for at in range(60)]
    assert extraction.interval(ours, theirs, shingle_f1) == pytest.approx((0.01, 0.01))
    apart = extraction.interval(ours, theirs[::-1], shingle_f1)
    assert apart is not None
    assert apart[0] < 0.01 < apart[1]


def test_chrome_counts_as_a_line_and_inside_a_line_but_not_inside_the_body() -> None:
    gold = {
        "text": "Rain fell. Share prices rose.",
        "chrome": ["Read also", "Share", "Advertisement", "More news"],
        "captions": [],
        "chrome_also_in_body": [],
    }
    text = "Rain fell. Share prices rose.\nRead  also\nAdvertisement: buy"
    assert asides_left(gold, text, "chrome") == (1, 1)


def test_a_section_is_written_between_its_marks_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"above\n{extraction.BEGIN}\nold\n{extraction.END}\nbelow\n", "utf-8")
    extraction.write_section(page, "new")
    told = page.read_text("utf-8")
    assert told == f"above\n{extraction.BEGIN}\n\nnew\n\n{extraction.END}\nbelow\n"
    page.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="is missing"):
        extraction.write_section(page, "new")


def test_missing_data_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        extraction.main(["--shared", str(tmp_path), "--systems", "archiver"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert str(tmp_path) in told
    assert told.count("\n") == 1
