"""The sample pages: the text that is expected of them, and every removal that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.model import Snapshot
from archiver.text import normal
from archiver.work.sample_sites import PLACEHOLDER, SamplePage, read_sources, samples_folder
from tests.clean.cleaned import Cleaned, shipped

PAGES = [page for source in read_sources(samples_folder()) for page in source.pages.values()]
SITE = "127.0.0.1:8000"


def cleaned(sample: SamplePage) -> Cleaned:
    body = (sample.folder / "page.html").read_bytes().replace(PLACEHOLDER.encode(), SITE.encode())
    page = shipped().page(
        Snapshot(
            url=f"http://{SITE}{sample.path}",
            fetched_at=sample.fetched_at,
            body=body,
            content_type=sample.content_type,
        )
    )
    return Cleaned(page, shipped().document(page, SITE))


def folded(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(params=PAGES, ids=lambda page: f"{page.folder.parent.name}/{page.folder.name}")
def sample(request: pytest.FixtureRequest) -> SamplePage:
    """Each page of the samples."""
    found = request.param
    assert isinstance(found, SamplePage)
    return found


def read(sample: SamplePage, name: str) -> str:
    return Path(sample.folder / name).read_text("utf-8")


def test_the_text_is_the_expected_one(sample: SamplePage) -> None:
    expected = read(sample, "text.txt").strip().split("\n\n")
    assert cleaned(sample).kept == [normal.nfc(paragraph) for paragraph in expected]


def test_every_expected_removal_is_made_under_its_kind(sample: SamplePage) -> None:
    """A line that a page prints several times needs its kind once."""
    made = {(kind, folded(text)) for kind, text in cleaned(sample).removed}
    expected = [row.split("\t", 1) for row in read(sample, "marks.tsv").splitlines() if row]
    missing = [(kind, text) for kind, text in expected if (kind, folded(normal.nfc(text))) not in made]  # fmt: skip
    assert missing == []


def test_title_and_date_are_those_that_the_page_states(sample: SamplePage) -> None:
    told = cleaned(sample).document.metadata
    assert told.title == normal.nfc(sample.title)
    assert told.published == sample.published


def test_the_language_is_the_sites(sample: SamplePage) -> None:
    languages = {source.host: source.language for source in read_sources(samples_folder())}
    got = cleaned(sample).document
    assert got.language == languages[sample.folder.parent.name]
    assert got.flags == ()


def test_every_caption_is_metadata_and_none_is_text(sample: SamplePage) -> None:
    got = cleaned(sample)
    rows = [row.split("\t", 1) for row in read(sample, "marks.tsv").splitlines() if row]
    captions = {folded(normal.nfc(text)) for kind, text in rows if kind == "caption"}
    known = {folded(text) for one in got.document.captions for text in (one.text, f"{one.text} {one.credit}")}  # fmt: skip
    assert captions <= known
    assert not known & {folded(paragraph) for paragraph in got.kept}


def test_a_date_that_only_readers_see_is_found() -> None:
    """The page of one site states its date nowhere but under the headline."""
    told = {
        sample.folder.name: cleaned(sample).document.metadata.published_source for sample in PAGES
    }
    assert told["vigyan-mela"] == "text"
    assert told["naya-bazaar"] == "text"
    assert told["ranital"] == "meta"


def test_a_figure_caption_that_repeats_the_headline_is_no_caption() -> None:
    varient = [sample for sample in PAGES if sample.folder.parent.name == "varient.example"]
    assert varient
    assert all(cleaned(sample).document.captions == () for sample in varient)
