"""Hostile pages end within bounds of time and memory, as a document or a reason, never else.

Worst cases run the whole cleaner in a process of its own, with a limit on its memory and its
processor time: what exceeds them dies there, and the test says so. The smaller ones are a tenth of
the size, in a process whose bounds are those of a tenth.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import Uncleanable
from archiver.extract import blocks as layout
from archiver.extract import bounds
from archiver.model import Snapshot
from archiver.text import normal
from archiver.work.cleaning import Cleaner
from tests.extract.laid import FETCHED, page

SECONDS = 120  # of processor time, all pages of a process together; a run-away takes hours
MEGABYTES = 1500  # of address space, of which Python and its libraries map some 700

STORY = "<article><h1>The bridge is open</h1>" + (
    "<p>The bridge over the river was opened again on Thursday, in the rain.</p>" * 4
)

# What no text that leaves the cleaner may hold.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_CHILD = """
import json, resource, sys

resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from datetime import UTC, datetime
from archiver.errors import Uncleanable
from archiver.extract import blocks, bounds, page as whole
from archiver.model import Snapshot
from archiver.work.cleaning import Cleaner

for room, name, power in (
    (bounds, "MAX_STEPS", 2),
    (bounds, "MAX_REOPENED", 1),
    (bounds, "MAX_TAGS", 1),
    (bounds, "_FEW_ATTRIBUTES", 1),
    (bounds, "_MAX_LOOKS", 1),
    (bounds, "MAX_VOTE_TAGS", 1),
    (bounds, "MAX_VOTE_PIECES", 1),
    (bounds, "MAX_VOTE_NAMES", 1),
    (blocks, "MAX_BLOCKS", 1),
    (blocks, "MAX_PATHS", 2),
    (whole, "MAX_BYTES", 1),
):
    setattr(room, name, getattr(room, name) // {of} ** power)
STORY = {story!r}
cleaner = Cleaner(None)
for name, page in json.load(sys.stdin):
    text = eval(page)
    body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    snapshot = Snapshot(
        url="https://news.example/a",
        fetched_at=datetime(2025, 11, 14, tzinfo=UTC),
        body=body,
        content_type="text/html",
    )
    try:
        page = cleaner.page(snapshot)
        document = cleaner.document(page, "news.example")
        said = [list(document.flags), document.text[:100_000]]
    except Uncleanable as refused:
        said = [["refused"], str(refused)]
    print(json.dumps([name, *said]), flush=True)
"""


# Of what there is many thousands of, in the expressions below.
MANY = re.compile(r"(?<!\w)\d[\d_]{3,}")


def cleaned(pages: dict[str, str], of: int = 1) -> dict[str, tuple[list[str], str]]:
    """Flags and text by name; `pages` are Python expressions, for the pages are large.

    Of one part in `of`: of all that is many in the pages, and of the bounds that it is held to.
    """
    program = _CHILD.format(memory=MEGABYTES << 20, seconds=SECONDS // of, story=STORY, of=of)
    pages = {
        name: MANY.sub(lambda many: str(int(many[0]) // of), page) for name, page in pages.items()
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(list(pages.items())),
        capture_output=True,
        text=True,
        check=False,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    missing = pages.keys() - {name for name, _, _ in said}
    assert not missing, (missing, done.returncode, done.stderr[-500:])
    return {name: (flags, text) for name, flags, text in said}


LARGE = {
    "a million open bold elements": "STORY + '<b>' * 500_000",
    "open elements": "STORY + '<div>' * 200_000",
    "elements closed in a comment": "STORY + '<div><!--</div>-->' * 100_000",
    "elements closed in an attribute": "STORY + '<div><i title=\"</div>\">' * 60_000",
    "elements closed in a script": "STORY + '<div><script></div></script>' * 60_000",
    "elements closed by a stranger": "STORY + '<div></section>' * 100_000",
    "elements that say they are empty": "STORY + '<div/>' * 200_000",
    "elements that nest in a drawing": "STORY + '<svg>' + '<input>' * 200_000",
    "elements closed behind a barrier": "STORY + '<div><object></div>' * 60_000",
    "tags made of broken ones": "STORY + '<d<b></b>x></d>' * 60_000",
    "formatting of its own kind each": (
        "STORY + ''.join(f'<font a={n}>' for n in range(3000)) + '<p>x' * 20_000"
    ),
    "formatting that hides its difference": (
        "STORY + ''.join(f'<font a=x\" b=\">{n}\">' for n in range(3000)) + '<p>x' * 20_000"
    ),
    "formatting closed behind a barrier": (
        "STORY + ''.join(f'<font a={n}><object></font></object>' for n in range(4000))"
        " + '<p>x' * 20_000"
    ),
    "nested tables": "STORY + '<table><tr><td>' * 60_000",
    "text before a table": "STORY + '<table>' + 'x<tr>y' * 60_000",
    "links before a table": "STORY + '<table>' + '<a>x' * 60_000",
    "attributes": "STORY + '<p ' + ' '.join(f'a{n}' for n in range(100_000)) + '>'",
    "attributes with tags in them": (
        "STORY + '<p ' + ' '.join(f'a{n}=\"<>\"' for n in range(100_000)) + '>'"
    ),
    "attributes that begin with control signs": (
        "STORY * 20 + '<p ' + ' '.join(chr(1 + n % 8) + f'a{n}' for n in range(100_000)) + '>'"
    ),
    "attributes named by one control sign": "STORY + '<p ' + '\\x0b ' * 100_000 + '>'",
    "attributes of one name": "STORY + '<p ' + 'class=a ' * 100_000 + '>'",
    "attributes of many bodies": "STORY + ''.join(f'<body a{n}=x>' for n in range(60_000))",
    "options": "STORY + '<select>' + '<option>x</option>' * 10_000 + '</select>'",
    "templates": "STORY + '<template>x' * 100_000",
    "forms in selects in forms": "STORY + '<form><select><option>x' * 50_000",
    "frames": "'<frameset>' + '<frame src=x>' * 60_000",
    "siblings": "STORY + '<i></i>' * 100_000",
    "words on one letter": "STORY + '<p>a' + '\\u0301\\u0316' * 50_000",
    "spaces": "STORY + '<p>' + '&nbsp;' * 200_000",
    "entities": "STORY + '<p>' + '&amp;&#0;&#xD800;&notin;' * 100_000",
    "one line": "STORY + '<p>' + 'The rain fell over the town. ' * 100_000",
    "one word": "STORY + '<p>' + 'a' * 400_000",
    "opening signs": "'<p>' + '<' * 500_000",
    "a comment without an end": "STORY + '<!--' + '<p>x ' * 1_000_000",
    "a script without an end": "STORY + '<script>' + 'var a = \"<p>\";' * 500_000",
    "a style without an end": "STORY + '<style>' + 'p {}' * 1_000_000",
    "a text area without an end": "STORY + '<textarea>' + 'word ' * 300_000",
    "a title without an end": "'<title>' + 'word ' * 1_000_000",
    "plain text without an end": "STORY + '<plaintext>' + 'a line\\n' * 50_000",
    "lines": "'<pre>' + 'a line\\n' * 1_400_000",
    "line breaks": "STORY + 'word<br>' * 100_000",
    "a long class under many lines": (
        "'<body class=' + 'a' * 9000 + '>' + '<p>x</p>' * 8_000"
    ),
    "a class of a megabyte": "STORY + '<p class=\"' + 'a b ' * 100_000 + '\">A line.</p>'",
    "50 MB": "STORY * 130_000",
}  # fmt: skip


UNPARSED = {"open elements", "elements closed in a comment", "attributes", "templates"}


@pytest.mark.parametrize("of", [10, pytest.param(1, marks=pytest.mark.large)])
def test_large_pages_end_within_their_bounds(of: int) -> None:
    """Each is far below the limits that the whole process shares; the story that can be is kept."""
    for name, (flags, text) in cleaned(LARGE, of).items():
        assert flags == ["refused"] or text.strip(), name
        assert not CONTROLS.search(text), name
        if name in UNPARSED:
            assert "flattened" in flags, name
            assert "The bridge over the river was opened again on Thursday, in the rain." in text


# Pieces of markup that trees, tokenizers and charsets stumble over.
PIECES = st.sampled_from(
    "<p> </p> <div> </div> <b> </b> <a\x20href=x> </a> <font\x20a=1> </font> <table> <tr> <td> "
    "</td> </table> <select> <option> </select> <form> </form> <svg> </svg> <math> <mi> "
    "<foreignObject> <desc> <title> </title> <template> </template> <frameset> <frame> <noscript> "
    "</noscript> <textarea> </textarea> <script> </script> <style> </style> <plaintext> <xmp> "
    "<iframe> <object> </object> <button> <nobr> <ruby> <rt> <br> </br> </p\x20a> <!-- --> <!- "
    "<![CDATA[ ]]> <? <! </ < > & &# &#x &amp &nbsp; &#0; &#x85; &#xD800; &#x110000; &notit; "
    "<html\x20hidden> <body\x20class=a> </body> </html> <head> <meta\x20charset=utf-16> "
    "<base\x20href=//> <p\x20a=1\x20a=2> <p\x20a=' <p\x20b=\" <p\x20hidden> <time> <h1> </h1> "
    "<pre> \n \t \x0b \x0c \x00 \x1b[31m \x7f \x85 \x9b \ufeff \ufffe \U0001ffff \u202e \u2066 "
    "\u200d \u200c \u2028 \u0301 \u0344 \u094d \u0915 \ufdfa \U0001f3f3 \ufb01 \u0130 "
    "null undefined NaN -1 %s {{x}} ${x} ../../etc 1;DROP "
    '<script\x20type=application/ld+json>{"@type":"NewsArticle","author":[[null]]}</script> '
    "<meta\x20property=og:title\x20content=> <meta\x20name=date\x20content=99999999999> ".split(" ")
)  # fmt: skip


@given(st.lists(PIECES, max_size=30), st.booleans())
def test_any_soup_is_a_document_or_refused(pieces: list[str], inside: bool) -> None:
    html = "".join(piece.replace("\x20", " ") for piece in pieces)
    if inside:
        html = STORY + html + "<p>The rain fell over the town, and all were glad of it.</p>"
    body = html.encode("utf-8", "surrogatepass")
    snapshot = Snapshot(
        url="https://news.example/a", fetched_at=FETCHED, body=body, content_type="text/html"
    )
    try:
        laid_out = CLEANER.page(snapshot)
        document = CLEANER.document(laid_out, "news.example")
    except Uncleanable:
        return
    told = document.metadata
    for text in (document.text, told.title or "", told.description or "", *told.authors):
        assert not CONTROLS.search(text), repr(text)


CLEANER = Cleaner(None)


def is_too_deep(html: str) -> bool:
    raw = html.encode()
    return bounds.too_deep(html, raw, *bounds.counted(raw))


@given(st.lists(PIECES, max_size=40))
def test_what_is_cleared_by_leaving_out_what_closes_is_not_too_deep(pieces: list[str]) -> None:
    """A closed element more or less never makes a page pass that would not pass without it."""
    html = "".join(pieces)
    many = html + "<div>" * 3000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "MAX_STEPS", 2500**2)
        assert is_too_deep(many)
        more = many + "<p>x</p>" * 50
        assert is_too_deep(more)


@pytest.mark.parametrize("of", [10, pytest.param(1, marks=pytest.mark.large)])
def test_a_large_page_that_closes_what_it_opens_is_parsed(
    of: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables, lists and paragraphs of 60,000 tags; a drawing and forgotten `</li>` among them.

    Or a tenth of them, and of the bound.
    """
    monkeypatch.setattr(bounds, "MAX_STEPS", bounds.MAX_STEPS // of**2)
    row = '<tr class="a"><td>Name</td><td><a href="/x?a=1">12</a> <img src="a.png"></td></tr>\n'
    icon = '<svg viewBox="0 0 1 1"><path d="M0 0"/><g><circle r="1"/></g></svg>'
    listed = "<ul>" + f'<li>One<li class="b">Two {icon}</ul>'
    html = f"<table>{row * (5000 // of)}</table>" + listed * (1500 // of)
    html += "<p>The end.</p>" * (3000 // of)
    assert html.count("<") > 60_000 // of
    assert html.count("<") ** 2 > bounds.MAX_STEPS
    got = page(html)
    assert "flattened" not in got.flags


def test_attributes_that_are_control_signs_alone_are_counted() -> None:
    signs = [chr(code) for code in range(1, 32) if chr(code) not in "\t\n\f\r"]
    names = map("".join, islice(product(signs, repeat=4), 65_000))
    assert is_too_deep(f"{STORY}<p {' '.join(names)}>")


def test_old_pages_that_close_no_bold_are_parsed() -> None:
    html = "<p><b>Old page.</p>" * 5000
    assert not is_too_deep(html)


def test_lines_beyond_what_a_person_reads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MAX_BLOCKS", 2000)
    page("x\n" * 2000, "text/plain")
    with pytest.raises(Uncleanable, match="lines of text"):
        page("x\n" * (layout.MAX_BLOCKS + 1), "text/plain")


def test_marks_beyond_what_a_letter_bears_are_parted_once() -> None:
    once = normal.nfc("a" + "\u0301\u0316" * 1000)
    assert once.count("\u034f") == 2000 // 30
    assert normal.nfc(once) == once
    assert normal.nfc("—" * 1000) == "—" * 1000
