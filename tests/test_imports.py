"""The direction of imports: the nouns and the letters, the rooms, the hallway, the door."""

from __future__ import annotations

import ast
from functools import cache
from itertools import takewhile
from pathlib import Path

import archiver

PACKAGE = Path(archiver.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
GROUND = {"model", "errors", "settings"}
ROOMS = {"fetch", "extract", "clean", "rules", "learn", "archive", "export"}


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def imported(file: Path) -> set[str]:
    """What of ours a file imports, as dotted names below the package."""
    found: set[str] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            base = node.module or ""
            found |= {f"{base}.{alias.name}" for alias in node.names}
    ours = (name.split(".")[1:] for name in found if name.split(".")[0] == "archiver")
    return {".".join(parts[:2]) for parts in ours if parts and not parts[0].startswith("__")}


def room(file: Path) -> str:
    """The room or the top-level module that a file is."""
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def allowed(file: Path) -> set[str]:
    here = room(file)
    if here == "model" or here == "errors":  # noqa: PLR1714 - two reasons: nouns, and their faults
        return set()
    if here == "settings":
        return {"errors"}
    if here == "text":
        return {"text"}
    if here in ROOMS:
        return {*GROUND, "text", here}
    if here == "work":
        return {*GROUND, "text", *ROOMS, "work"}
    return {*GROUND, "text", *ROOMS, "work", "cli"}


def test_imports_point_one_way() -> None:
    """No room imports another; only the hallway joins them; nothing imports the door."""
    for file in FILES:
        outside = {name for name in imported(file) if name.split(".")[0] not in allowed(file)}
        assert outside == set(), file


def test_every_folder_is_a_room_that_the_house_knows() -> None:
    folders = {file.parent.relative_to(PACKAGE).parts[0] for file in FILES if file.parent != PACKAGE}  # fmt: skip
    assert folders <= {*ROOMS, "text", "work", "cli", "sites", "migrations", "samples"}


def test_a_module_says_what_it_is_for() -> None:
    for file in FILES:
        said = ast.get_docstring(parsed(file))
        assert said, file
        assert list(takewhile(bool, said.splitlines())), file


def test_the_pure_rooms_touch_no_clock_and_no_network() -> None:
    """Neither decides what a page is cleaned to."""
    barred = {"time", "random", "socket", "httpx", "urllib.request", "sqlalchemy", "subprocess"}
    for file in FILES:
        if room(file) not in {"text", "extract", "clean", "rules", "learn"}:
            continue
        names: set[str] = set()
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
        assert not names & barred, file
