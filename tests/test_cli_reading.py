"""What is shown of stored pages: nothing that a page holds steers a terminal, a pipe has it all."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.command_line import Forked, archiver
from tests.folders import folder_with

TURNED = "The \u202egnidliub\u202c of the bridge was finished in May, the \u2067council\u2069 says."
PAGE = f"<title>A \u202estory\x9b2J</title><article><h1>A \u202estory</h1><p>{TURNED}</p></article>"


def turned(place: Path) -> None:
    """A page that turns the direction of writing around."""
    (place / "page.html").write_text(PAGE, "utf-8")
    archiver("import", "page.html", "--url", "https://news.example/a", folder=place)


folder = folder_with(turned)


def on_terminal(*words: str, folder: Path) -> str:
    """What a command writes where standard output is a terminal."""
    ours, theirs = os.openpty()
    assert Forked(words, folder, [theirs, theirs, 2], environment={}).wait() == 0
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # the end, on Linux
        pass
    os.close(ours)
    colourless = re.sub(r"\x1b\[(?:0|31|32)m", "", shown.decode())  # our own, of `explain`
    return colourless.replace("\r\n", "\n")


@pytest.mark.parametrize("words", [["show"], ["show", "1"], ["show", "1", "--json"], ["history", "1"], ["explain", "1"]])  # fmt: skip
def test_no_page_steers_a_terminal(folder: Path, words: list[str]) -> None:
    shown = on_terminal(*words, folder=folder)
    assert shown
    assert not set(shown) & set("\x1b\x9b\u2028\x7f")
    if "--json" not in words:
        assert not set(shown) & set("\u202e\u202c\u2067\u2069")


def test_a_pipe_has_the_text_to_the_letter(folder: Path) -> None:
    done = archiver("show", "1", folder=folder)
    assert done.stdout.decode().endswith(f"\n\n{TURNED}\n")
    assert "title: A \\u202estory" in done.stdout.decode()
    told = json.loads(archiver("show", "1", "--json", folder=folder).stdout)
    assert told["text"] == TURNED
