"""A path in, a file or folder that is there whole or not at all out: ``.part``, fsync, rename."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archiver.errors import BadInput, TryLater

# In a folder that is being written, so that the next run takes away no other's.
_MARKER = ".archiver-part"


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
    where the disk is full, or where another process writes to the same name.
    """
    place = place_of(path)
    part = part_of(place)
    with _faults(path):
        try:
            held = _held(part, path)
        except OSError as fault:
            raise BadInput(f"{path}: cannot be written: {fault.strerror or fault}") from fault
        try:
            yield part
            _sync(part)
            part.replace(place)
            _sync(place.parent)  # the new name itself must survive a power cut
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        finally:
            os.close(held)


def _held(part: Path, path: Path) -> int:
    """A new file that is this process's alone as long as it lives, open. Raises TryLater.

    Who is killed holds nothing, and what he left is taken away.
    """
    while True:
        with suppress(FileExistsError):
            handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            if _lock(handle, part, path):
                return handle
        if part.is_symlink():
            part.unlink()
        with suppress(FileNotFoundError):
            handle = os.open(part, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if _lock(handle, part, path):
                    part.unlink()
            finally:
                os.close(handle)


def _lock(handle: int, part: Path, path: Path) -> bool:
    """Whether an open file, now locked, is the one that stands there. Raises TryLater."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        message = f"{path}: another process is writing it; run again when that has ended"
        raise TryLater(message) from fault
    except OSError as fault:  # some network file systems have no locks: one process alone, then
        if fault.errno not in {errno.ENOLCK, errno.EOPNOTSUPP}:
            raise
    here = os.fstat(handle)
    with suppress(FileNotFoundError):
        there = part.lstat()
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
    return False


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield the folder to write in; rename it to `path` if the block ends well.

    What a killed run left is taken away first. Raises BadInput where something is there already
    that is no empty folder, for no file of another is ever replaced in it; else as `whole`.
    """
    place = _new_folder(path)
    part = part_of(place)
    with _faults(path):
        try:
            _clear(part, path)
            part.mkdir()
        except OSError as fault:
            raise BadInput(f"{path}: cannot be written: {fault.strerror or fault}") from fault
        held = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _lock(held, part, path)
            (part / _MARKER).touch()
            yield part
            for folder, _, files in os.walk(part):
                for name in files:
                    _sync(Path(folder) / name)
                _sync(Path(folder))
            part.replace(place)  # over an empty folder too
            (place / _MARKER).unlink()  # the last: without it the folder would be another's
            _sync(place.parent)
        except BaseException:
            with suppress(OSError):
                shutil.rmtree(part)
            raise
        finally:
            os.close(held)


def _new_folder(path: Path) -> Path:
    try:
        place = path.resolve()
        if place.is_dir():
            if any(place.iterdir()):
                raise BadInput(f"{path}: is a folder that is not empty; name a new one")
        elif place.is_file():
            raise BadInput(f"{path}: is a file, and a folder is to be written; name another")
        elif place.exists():
            raise BadInput(f"{path}: is no folder; name a new one")
    except (OSError, RuntimeError) as fault:
        raise BadInput(f"{path}: cannot be written: {fault}") from fault
    return place


def _clear(part: Path, path: Path) -> None:
    """Take away what a killed run left. Raises TryLater while another writes it, BadInput."""
    if not part.is_dir() or part.is_symlink():
        if part.exists() or part.is_symlink():
            raise BadInput(f"{part}: is in the way; move it, it was made by no export")
        return
    handle = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(handle, part, path)
        if any(part.iterdir()) and not (part / _MARKER).is_file():
            raise BadInput(f"{part}: is in the way; move it, it was made by no export")
        shutil.rmtree(part)
    finally:
        os.close(handle)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """Say what the file system refuses in one line."""
    try:
        yield
    except OSError as fault:
        raise TryLater(f"{path}: cannot be written: {fault.strerror or fault}") from fault


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
