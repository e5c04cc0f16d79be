"""Folders with an archive, for tests of the command line: each made once a process and copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MADE: dict[Callable[[Path], object], Path] = {}


def empty(folder: Path) -> None:
    """Leave a folder as it is, with an empty archive in it."""


def folder_with(make: Callable[[Path], object] = empty) -> Any:  # noqa: ANN401 - what pytest makes of a fixture
    """A fixture: the test's own folder, with what `make` did once in one with an empty archive."""

    @pytest.fixture
    def folder(
        sqlite_template: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> Path:
        if make not in MADE:
            place = tmp_path_factory.mktemp("made")
            shutil.copy(sqlite_template, place / "archive.db")
            make(place)
            MADE[make] = place
        shutil.copytree(MADE[make], tmp_path, dirs_exist_ok=True)
        return tmp_path

    return folder
