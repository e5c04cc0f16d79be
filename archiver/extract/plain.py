"""Plain text in, blocks and a headline out: every line that shows something is a block."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from archiver.extract.blocks import refuse_more
from archiver.model import Block, Metadata
from archiver.text import normal, scripts
from archiver.text.prose import is_running_text, slashed, words

_LINES = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# A headline is shorter than this in every language of the chrome tables; a paragraph that
# closes no sentence is longer.
MAX_HEADLINE = 200


def blocks(text: str) -> list[Block]:
    """One block a line; ``/line[7]`` is the seventh line of the file, blank ones counted.

    Raises Uncleanable for more lines than a page may have.
    """
    found = []
    for number, line in enumerate(_LINES.split(text), start=1):
        shown = normal.collapse(line)
        if shown:
            found.append(Block(f"/line[{number}]", shown))
            refuse_more(len(found))
    return found


def headline(lines: Sequence[Block]) -> str | None:
    """The headline: the longest line above the first paragraph in the text's main script.

    None where the text opens with a paragraph. A line that stands there twice (as a headline
    and as the alternative text of its picture) is preferred. Of ``place / outlet / headline``
    the last part is the headline; names of one script parted so are a list, and the headline
    only where no other line could be.
    """
    opening: list[str] = []
    for block in lines:
        if is_running_text(block.text) or len(block.text) > MAX_HEADLINE:
            break
        opening.append(block.text)
    else:
        return None  # no paragraph at all: nothing tells a headline from a list
    script = scripts.main("\n".join(block.text for block in lines))
    candidates = [line for line in opening if scripts.main(line) == script]
    candidates = [line for line in candidates if len(words(line)) > 1]
    if not candidates:
        return None
    sure = [line for line in candidates if not _may_be_list(line, script)]
    candidates = sure or candidates
    times = Counter(normal.key(block.text) for block in lines)
    best = max(candidates, key=lambda line: (times[normal.key(line)] > 1, len(line)))
    parts = slashed(best)
    return parts[2] if parts else best


def _may_be_list(line: str, script: str) -> bool:
    """Whether slashes part names of the text's own script: cities as well as an outlet."""
    parts = slashed(line)
    return parts is not None and scripts.main(parts[1]) in {script, scripts.UNKNOWN}


def metadata(lines: Sequence[Block]) -> Metadata:
    """What the lines themselves say for certain: the headline."""
    return Metadata(title=headline(lines))
