"""Plain text: the texts alone, each closed by a line that holds a form feed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from archiver.export.columns import Column
from archiver.export.mending import mended

END = "\n\f\n"
_BARRED = re.compile("[\f\ud800-\udfff]")  # what parts the texts may not stand in one


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],  # noqa: ARG001 - it has the text alone
    changes: Counter[str],
) -> int:
    """Write to a stream; how many texts."""
    count = 0
    for row in rows:
        out.write((mended(row["text"], _BARRED, changes) + END).encode())
        count += 1
    return count
