"""What is too long is found, unless a reason stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import house

LONG = "    pass\n" * house.FUNCTION
SHORT = "    pass\n" * (house.FUNCTION - 1)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (f"def one():\n{SHORT}", 0),
        (f"def one():\n{LONG}", 1),
        (f"class A:\n    def one():\n{LONG.replace('    ', '        ')}", 1),
        (f"def one():  # long: a walk without recursion\n{LONG}", 0),
        (f"def one():  # long:\n{LONG}", 1),
        (f"def one():  # noqa: C901, PLR0915 - a walk without recursion\n{LONG}", 0),
        (f"def one():  # noqa: C901 - many cases\n{LONG}", 1),
        (f"def one():  # noqa: PLR0915\n{LONG}", 1),
        (f"def one(\n    a,\n):  # long: a walk\n{LONG}", 0),
        ("x = 1\n" * house.FILE, 0),
        ("x = 1\n" * (house.FILE + 1), 1),
        ("# long: one table\n" + "x = 1\n" * house.FILE, 0),
        ("# a table\n" + "x = 1\n" * house.FILE, 1),
    ],
)
def test_what_is_too_long_needs_a_reason(source: str, found: int, tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(source, "utf-8")
    assert len(list(house.too_long(file))) == found
