"""Markdown keeps every paragraph and every character, as a reader of Markdown sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from archiver.export.markdown import markdown
from archiver.text import normal
from tests.strategies import texts

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

_MARKUP = st.text(st.sampled_from("#*_-+=~`<>[]()!|\\&;:.0123456789 ax/\n\t"), max_size=20)
_SIGNS = st.sampled_from(
    [
        "---", "===", "***", "* * *", "_ _ _", "```", "~~~", "~~x~~", "# x", "#", "x #", "> x", "1.", "12) x",
        "- ", "+", "-", "[x]: /y", "![x](y)", "<b>", "<!--", "<https://a.b>", "&amp;", "&#65;", "&", "\\", "a\\",
        "a|b", "\\|", "| - |", "*x*", "__x__", "`x`", "    x", "snake_case_name", "/~user/", "[ ] x", "১. ক",
    ]
)  # fmt: skip
_paragraph = st.one_of(_MARKUP, _SIGNS, texts, st.builds("{} {}".format, _SIGNS, _SIGNS)).map(
    normal.collapse
)
_code = st.sampled_from(
    "p h h1 h2 h6 li li2 li3 ol ol2 quote pre table tr td + td4 tr2 table3 unknown".split()
)
documents = st.lists(st.tuples(_code, _paragraph.filter(bool)), max_size=12)


def shown(children: list[Token]) -> list[str]:
    """What a line shows, parted where a cell's lines are."""
    lines = [""]
    for child in children:
        if child.type == "html_inline" and child.content == "<br>":
            lines.append("")
        else:
            assert child.type in {"text", "text_special"}, child
            lines[-1] += child.content
    return lines


def read(source: str) -> list[str]:
    """The paragraphs that a reader of Markdown shows."""
    found: list[str] = []
    for token in READER.parse(source):
        if token.type == "inline":
            found += [line for line in shown(token.children or []) if line]
        elif token.type == "fence":
            found += token.content.split("\n")[:-1]
        else:
            assert not token.content, token
    return found


@given(documents)
def test_a_reader_of_markdown_shows_every_paragraph_as_it_is(
    document: list[tuple[str, str]],
) -> None:
    paragraphs = [paragraph for _, paragraph in document]
    source = markdown("\n\n".join(paragraphs), [code for code, _ in document])
    assert read(source) == paragraphs


@given(documents)
def test_headings_items_and_quotes_are_read_as_such(document: list[tuple[str, str]]) -> None:
    source = markdown("\n\n".join(text for _, text in document), [code for code, _ in document])
    opened = [token.type for token in READER.parse(source)]
    codes = [code for code, _ in document]
    headings = [code for code in codes if code[0] == "h"]
    assert opened.count("heading_open") == len(headings)
    items = [code for code in codes if code[:2] in {"li", "ol"}]
    assert opened.count("list_item_open") == len(items)
    assert ("blockquote_open" in opened) == ("quote" in codes)
    assert "hr" not in opened
    assert "code_block" not in opened


@given(st.lists(_paragraph.filter(bool)))
def test_without_codes_every_paragraph_is_a_plain_one(paragraphs: list[str]) -> None:
    source = markdown("\n\n".join(paragraphs), ())
    assert read(source) == paragraphs
    assert source.count("\n\n") == max(0, len(paragraphs) - 1)


FORMS = r"""## Rain \#1

It rained.

### Where

- Pune
    - Camp

      since noon
- Thane
1. first
2. second

> Never so much.
>
> Never.

````
# 1 *
```
````

| Place | mm |  |  |
| --- | --- | --- | --- |
| Pune | 5\|6<br>at noon |  | far |
|  | 7 |

| Another | table |
| --- | --- |
"""


def test_every_kind_has_its_form() -> None:
    document = [
        ("h2", "Rain #1"),
        ("p", "It rained."),
        ("h", "Where"),
        ("li", "Pune"),
        ("li2", "Camp"),
        ("+", "since noon"),
        ("li", "Thane"),
        ("ol", "first"),
        ("ol", "second"),
        ("quote", "Never so much."),
        ("quote", "Never."),
        ("pre", "# 1 *"),
        ("pre", "```"),
        ("table", "Place"),
        ("td", "mm"),
        ("tr", "Pune"),
        ("td", "5|6"),
        ("+", "at noon"),
        ("td4", "far"),
        ("tr2", "7"),
        ("table", "Another"),
        ("td", "table"),
    ]
    source = markdown("\n\n".join(text for _, text in document), [code for code, _ in document])
    assert source == FORMS.removesuffix("\n")


def test_the_wrong_number_of_codes_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        markdown("a\n\nb", ("p",))
    assert markdown("", ()) == ""
