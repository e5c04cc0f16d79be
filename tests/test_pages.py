"""Real pages: no paragraph of the gold is lost, and no joiner of one that is kept."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.model import Snapshot
from archiver.text import normal
from tests.clean.cleaned import Cleaned, shipped

FOLDER = Path(__file__).parents[1] / "../shared/pages"
GOLDS = sorted((FOLDER / "dev").glob("*.gold.json"))
EXTRA = sorted((FOLDER / "extra").glob("*.html.gz"))
pytestmark = pytest.mark.skipif(not GOLDS, reason="../shared/pages is not here")


def cleaned(file: Path, url: str) -> Cleaned:
    taken = Snapshot(
        url=url,
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        body=gzip.decompress(file.read_bytes()),
        content_type="text/html",
    )
    page = shipped().page(taken)
    return Cleaned(page, shipped().document(page, "site.example"))


def folded(text: str | None) -> str:
    return "".join(normal.nfc(text or "").split())


@pytest.fixture(scope="module", params=GOLDS, ids=lambda file: file.name.split(".")[0])  # fmt: skip
def case(request: pytest.FixtureRequest) -> tuple[str, Cleaned, dict[str, Any]]:
    """Each page, cleaned, with its gold."""
    gold = json.loads(request.param.read_text("utf-8"))
    name = request.param.name.removesuffix(".gold.json")
    return name, cleaned(request.param.with_name(f"{name}.html.gz"), gold["url"]), gold


def test_no_paragraph_of_the_gold_is_lost(case: tuple[str, Cleaned, dict[str, Any]]) -> None:
    """Every letter, mark and joiner of it, in NFC; white space aside."""
    _, got, gold = case
    text = folded(got.document.text)
    lost = [one for one in gold["text"].split("\n\n") if folded(one) not in text]
    assert lost == []


def test_joiners_are_those_of_the_gold(case: tuple[str, Cleaned, dict[str, Any]]) -> None:
    _, got, gold = case
    kept = {folded(paragraph) for paragraph in got.kept}
    for paragraph in gold["text"].split("\n\n"):
        if (
            folded(paragraph) not in kept
        ):  # it stands inside a longer one, which the other test sees
            continue
        (same,) = {one for one in got.kept if folded(one) == folded(paragraph)}
        for joiner in "\u200c\u200d":
            assert same.count(joiner) == paragraph.count(joiner)


def test_title_and_language_are_the_gold(case: tuple[str, Cleaned, dict[str, Any]]) -> None:
    _, got, gold = case
    assert got.document.language == gold["language"].partition("-")[0]
    assert folded(got.document.metadata.title) == folded(gold["title"])


@pytest.mark.parametrize("file", EXTRA, ids=lambda file: file.name.split(".")[0])
def test_pages_without_gold_are_cleaned(file: Path) -> None:
    got = cleaned(file, "https://site.example/")
    assert len(got.document.text) > 500
    assert got.document.metadata.title
