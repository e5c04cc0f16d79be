"""The wheel carries migrations and samples: it works in a folder without a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*words: str | Path, folder: Path) -> str:
    """Run a command that must succeed; what it printed."""
    ours = ("ARCHIVER_", "PYTHON")  # a checkout may be on the path
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `archiver` of the wheel, in an environment of its own; pip makes the one for the other.

    What it depends on is lent by the environment of the tests, as plain folders on the path, so
    that nothing is downloaded and the checkout (installed there for editing) is not seen.
    """
    place = tmp_path_factory.mktemp("wheel")
    environment = place / "environment"
    venv.create(environment, with_pip=False)
    packages = next(environment.glob("lib/python3*/site-packages"))
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "lent.pth").write_text("\n".join(sorted(lent)) + "\n", "utf-8")
    source = ["--no-deps", "--no-index", "--no-build-isolation"]
    install = ["pip", "--python", str(environment / "bin" / "python"), "install", "--quiet"]
    run(sys.executable, "-m", *install, *source, ROOT, folder=place)
    return environment / "bin" / "archiver"


def test_init_and_upgrade_work_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    """The migrations are found inside the package."""
    code = "import archiver; print(archiver.__file__)"
    where = run(installed.with_name("python"), "-c", code, folder=tmp_path)
    assert str(installed.parent.parent) in where
    run(installed, "init", folder=tmp_path)
    run(installed, "init", folder=tmp_path)
    assert (tmp_path / "archive.db").is_file()
    assert run(installed, "show", folder=tmp_path) == ""


def test_the_demo_works_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    """The samples are found inside the package."""
    shown = run(installed, "demo", folder=tmp_path)
    count = len(list((ROOT / "samples").glob("*/*/page.toml")))
    assert f"{count} pages stored, {count} cleaned" in shown
    assert (tmp_path / "archiver-demo" / "corpus.sqlite").is_file()


def test_clean_works_with_the_rules_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    """Rule packs travel as data."""
    page = ROOT / "samples" / "english.example" / "science-fair" / "page.html"
    shown = run(installed, "clean", page, folder=tmp_path)
    assert "Also Read" not in shown
