"""Charts: XML that any reader takes, whatever the labels, and bars in proportion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archiver.work.charts import bars

NUMBER = st.integers(0, 10**9)


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=60), NUMBER, NUMBER), max_size=9))
def test_any_label_makes_a_picture(title: str, rows: list[tuple[str, int, int]]) -> None:
    drawn = etree.fromstring(bars(title, rows, shares=True).encode())
    assert {element.tag.rpartition("}")[2] for element in drawn} <= {"rect", "text"}
    assert len(drawn.findall("{*}text")) == 1 + 2 * len(rows)


def test_bars_are_as_long_as_their_numbers() -> None:
    drawn = etree.fromstring(bars("", [("a", 100, 0), ("b", 50, 0)]).encode())
    long = [int(bar.get("width", "")) for bar in drawn.findall("{*}rect")[1:]]
    assert long == [440, 220]
