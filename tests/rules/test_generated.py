"""The packs against the script that writes them from the tables of chrome."""

from __future__ import annotations

import pytest

from archiver.rules import SHIPPED
from benchmarks import rule_packs

pytestmark = pytest.mark.skipif(
    not rule_packs.CHROME.is_dir(), reason="../shared/chrome is not here"
)


def test_what_stands_below_the_mark_is_what_the_script_writes() -> None:
    """Someone who changes a generated rule moves it above the mark."""
    for file, text in rule_packs.packs().items():
        assert file.read_text("utf-8") == text, file.relative_to(SHIPPED)


def test_no_rule_is_written_twice() -> None:
    for text in rule_packs.packs().values():
        ids = [line for line in text.splitlines() if line.startswith("id = ")]
        assert len(ids) == len(set(ids))
