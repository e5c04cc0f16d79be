"""A path in, a file that is there whole or not at all out: ``.part``, fsync, rename."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.errors import BadInput


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield the path to write to; rename it to `path` if the block ends well.

    What a killed run left under the temporary name is written over. Raises BadInput where the
    folder is missing or cannot be written to.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        part.touch()
    except OSError as fault:
        raise BadInput(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    try:
        yield part
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name itself must survive a power cut
        finally:
            os.close(folder)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
