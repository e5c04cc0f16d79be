"""The five seed documents: text, metadata, captions and removals, exactly those of the gold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.model import Snapshot
from archiver.text import normal
from tests.clean.cleaned import Cleaned, shipped

FOLDER = Path(__file__).parents[1] / "../shared/seeds"
FILES = sorted(FOLDER.glob("*.txt"))
pytestmark = pytest.mark.skipif(not FILES, reason="../shared/seeds is not here")


def folded(text: str | None) -> str:
    return "".join(normal.nfc(text or "").split())


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def seed(request: pytest.FixtureRequest) -> tuple[Cleaned, dict[str, Any]]:
    """Each seed, cleaned, with its gold."""
    file = request.param
    gold = json.loads(file.with_suffix(".json").read_text("utf-8"))
    taken = Snapshot(
        url=file.resolve().as_uri(),
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        body=file.read_bytes(),
        content_type="text/plain",
    )
    page = shipped().page(taken)
    return Cleaned(page, shipped().document(page, "")), gold


def test_the_text_is_the_gold(seed: tuple[Cleaned, dict[str, Any]]) -> None:
    got, gold = seed
    assert [folded(one) for one in got.kept] == [folded(one) for one in gold["text"].split("\n\n")]


@pytest.mark.parametrize(
    "field", ["title", "published", "description", "dateline", "section", "kicker"]
)
def test_the_metadata_is_the_gold(seed: tuple[Cleaned, dict[str, Any]], field: str) -> None:
    got, gold = seed
    told = getattr(got.document.metadata, field)
    assert (told is None) == (gold[field] is None)
    assert folded(told) == folded(gold[field])


def test_the_first_agency_is_the_gold(seed: tuple[Cleaned, dict[str, Any]]) -> None:
    got, gold = seed
    assert list(got.document.metadata.agencies[:1]) == list(filter(None, [gold["agency"]]))


def test_language_and_script_are_the_gold(seed: tuple[Cleaned, dict[str, Any]]) -> None:
    got, gold = seed
    assert (got.document.language, got.document.script) == (gold["language"], gold["script"])


def test_the_captions_are_the_gold(seed: tuple[Cleaned, dict[str, Any]]) -> None:
    got, gold = seed
    told = [(folded(one.text), folded(one.credit)) for one in got.document.captions]
    assert told == [(folded(one["text"]), folded(one["credit"])) for one in gold["captions"]]


def test_the_removals_are_the_gold_in_order(seed: tuple[Cleaned, dict[str, Any]]) -> None:
    got, gold = seed
    assert [folded(text) for _, text in got.removed] == [folded(o["text"]) for o in gold["removed"]]


def test_the_kinds_of_removals_are_the_gold(seed: tuple[Cleaned, dict[str, Any]]) -> None:
    """The gold calls a caption above a credit by the credit's kind; here it is a caption."""
    got, gold = seed
    same = {"caption": "photo_credit"}
    told = [same.get(kind, kind) for kind, _ in got.removed]
    assert told == [same.get(one["kind"], one["kind"]) for one in gold["removed"]]
