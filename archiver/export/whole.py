"""A path in, a file that is there whole or not at all out: ``.part``, fsync, rename."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archiver.errors import BadInput, TryLater


def part_of(path: Path) -> Path:
    """Where a file that will be `path` is written first."""
    return path.with_name(path.name + ".part")


def place_of(path: Path) -> Path:
    """The file that `path` means, links followed, so that a link stays one.

    Raises BadInput for what is there and is no file: a device would be replaced by one.
    """
    try:
        place = path.resolve()
        if place.is_dir():
            raise BadInput(f"{path}: is a folder; name a file in it")
        if place.exists() and not place.is_file():
            raise BadInput(f"{path}: is no regular file; use - to write to a stream")
    except (OSError, RuntimeError) as fault:  # the latter for links in a circle
        raise BadInput(f"{path}: cannot be written: {fault}") from fault
    return place


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield the path to write to; rename it to `path` if the block ends well.

    What a killed run left under the temporary name is written over. Raises BadInput where the
    folder is missing or cannot be written to, or where something is that is no file; TryLater
    where the disk is full.
    """
    place = place_of(path)
    part = part_of(place)
    try:
        part.unlink(missing_ok=True)
        part.touch()
    except OSError as fault:
        raise BadInput(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    try:
        yield part
        _sync(part)
        part.replace(place)
        _sync(place.parent)  # the new name itself must survive a power cut
    except BaseException as fault:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            raise TryLater(f"{path}: cannot be written: {fault.strerror or fault}") from fault
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
