"""Settings: defaults, then the file, then the environment; what cannot serve is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver import settings
from archiver.errors import BadRules
from archiver.settings import Settings


def test_the_environment_overrules_the_file_and_the_file_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "archiver.toml"
    file.write_text('pause = 2\nagent = "corpus"\npage_revisits = [60, 600]\n', "utf-8")
    read = settings.read(file, {"ARCHIVER_PAUSE": "3.5", "OTHER": "x"})
    assert read == Settings(pause=3.5, agent="corpus", page_revisits=(60.0, 600.0))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pause", "-5"),
        ("pause", "nan"),
        ("pause", "inf"),
        ("feed_interval", "1e18"),
        ("pause", "soon"),
        ("hosts", "0"),
        ("hosts", "-1"),
        ("hosts", "many"),
        ("page_revisits", "60,-1"),
        ("page_revisits", "a"),
    ],
)
def test_a_value_that_cannot_serve_is_named(name: str, value: str, tmp_path: Path) -> None:
    """No negative or endless wait, no pool without threads."""
    file = tmp_path / "archiver.toml"
    file.write_text("", "utf-8")
    with pytest.raises(BadRules, match=f"ARCHIVER_{name.upper()}.*{name}"):
        settings.read(file, {f"ARCHIVER_{name.upper()}": value})


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("page_revisits = 5", "a list of numbers"),
        ('page_revisits = ["a"]', "a list of numbers"),
        ("page_revisits = [true]", "a list of numbers"),
        ("metrics = 9464", "a text: write it in quotes"),
        ("metrics = [9464]", "a text: write it in quotes"),
        ("hosts = 1.5", "a whole number"),
        ("pause = true", "a number from 0"),
        ("learn_accept = 2", "true or false"),
    ],
)
def test_a_wrong_type_is_told_with_what_is_wanted(line: str, wanted: str, tmp_path: Path) -> None:
    """In the words of the file's format, not of the program's language."""
    file = tmp_path / "archiver.toml"
    file.write_text(f"{line}\n", "utf-8")
    with pytest.raises(BadRules, match=f"{line.partition(' ')[0]} = .* is not {wanted}"):
        settings.read(file, {})


def test_an_unknown_setting_is_named_with_those_there_are(tmp_path: Path) -> None:
    file = tmp_path / "archiver.toml"
    file.write_text("pauses = 3\n", "utf-8")
    with pytest.raises(BadRules, match=r"'pauses'; there are .*pause"):
        settings.read(file, {})


def test_a_file_that_does_not_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match=r"missing\.toml"):
        settings.read(tmp_path / "missing.toml", {})
    file = tmp_path / "broken.toml"
    file.write_text("pause = \n", "utf-8")
    with pytest.raises(BadRules, match=r"broken\.toml"):
        settings.read(file, {})
