"""What the commands share: the open archive, the cleaner, the word about long work, options."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

import click

from archiver.errors import BadInput
from archiver.fetch import urls
from archiver.settings import Settings
from archiver.text.language_codes import canonical, canonical_script
from archiver.text.terminal import safe, safe_json
from archiver.work.collector import expect_many_objects

if TYPE_CHECKING:
    from sqlalchemy import Engine  # a third of a second: only for commands that open an archive

    # numpy and a dozen parsers come with it: only for commands that clean
    from archiver.work.cleaning import Cleaner

EXIT_FAILED = 1
# Away from a terminal a line about progress is written this often, in seconds.
LOG_EVERY = 10.0
# A file's address without a sign that means something in an address: nearly all are, and it can
# be read without SQLAlchemy.
_FILE = re.compile(r"sqlite:///(?P<path>[^%+?@:#\s]+)")

sites_option = click.option(
    "--site", "hosts", multiple=True, metavar="HOST", help="Only this site; may be repeated."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
file_type = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
NUMBER = click.IntRange(1, 2**63 - 1)  # an id, or so many; a database counts no further
STREAM = Path("-")  # a file's name that means standard output


class _Code(click.ParamType[str]):
    """A code in the spelling that the archive has, whatever the case that is typed."""

    def __init__(self, name: str, spell: Callable[[str], str]) -> None:
        """Take what spells it."""
        self.name = name
        self.spell = spell

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,  # noqa: ARG002
    ) -> str:
        """Spell it."""
        return self.spell(str(value))


LANGUAGE = _Code("tag", canonical)
SCRIPT = _Code("code", canonical_script)
_ENDPOINT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]\\]+):[0-9]{1,5}")


def _endpoints(_: click.Context, __: click.Parameter, stated: tuple[str, ...]) -> tuple[str, ...]:
    """Each ``HOST:PORT`` as the client compares it. Raises BadInput for what is none."""
    return tuple(map(_endpoint, stated))


def _endpoint(stated: str) -> str:
    """An endpoint in the form of `urls.Parts`.

    >>> _endpoint("LocalHost:8080"), _endpoint("[0:0::1]:80")
    ('localhost:8080', '[::1]:80')
    """
    try:
        if _ENDPOINT.fullmatch(stated):
            return urls.split(f"http://{stated}/").endpoint
    except BadInput:
        pass
    raise BadInput(
        f"--allow-private {stated!r} is no HOST:PORT; name both, like 10.0.0.1:8080 or [::1]:80"
    )


private_option = click.option(
    "--allow-private",
    "private",
    multiple=True,
    metavar="HOST:PORT",
    callback=_endpoints,
    help="A private or loopback address that may be asked ([::1]:80 for one of IPv6); may be"
    " repeated.",
)


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


class Reporter:
    """Tells of long work on standard error: a moving line on a terminal, plain lines elsewhere.

    With `as_json` the lines elsewhere are JSON objects, for what collects logs for years.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        """Look at what standard error is."""
        # Only commands that take long have one to tell of it.
        from rich.console import Console  # noqa: PLC0415

        self.console = Console(stderr=True, highlight=False)
        self.status = self.console.status("") if self.console.is_terminal else None
        self.last = time.monotonic()
        self.as_json = as_json

    def __call__(self, message: str, *, passing: bool = False, **about: str | int) -> None:
        """Tell one line; what a page or a server says in it steers no terminal."""
        message = safe(message)
        if self.status is not None and passing:
            self.status.update(message)
        elif self.status is not None:
            self.console.print(message, markup=False)
        elif not passing or time.monotonic() - self.last >= LOG_EVERY:
            self.last = time.monotonic()
            at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
            told = json.dumps({"at": at, "message": message, **about}, ensure_ascii=False)
            click.echo(safe_json(told) if self.as_json else f"{at} {message}", err=True)

    def __enter__(self) -> Self:
        """Start the moving line."""
        if self.status is not None:
            self.status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the moving line away."""
        if self.status is not None:
            self.status.stop()


@contextmanager
def opened(chosen: Settings) -> Iterator[Engine]:
    """The archive of the settings, checked to be one of this program's schema."""
    from archiver.archive import engine as archive  # noqa: PLC0415 - why, stands above

    engine = archive.connect(chosen.database)
    try:
        archive.check(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def written(path: Path) -> Iterator[IO[str]]:
    """A text file that is there whole when the block ends well, see `whole`; or `STREAM`."""
    from archiver.export.whole import whole  # noqa: PLC0415 - why, stands above

    if path == STREAM:
        with click.open_file("-", "w", encoding="utf-8") as stream:
            yield stream
            stream.flush()
        return
    with whole(path) as part, part.open("w", encoding="utf-8", newline="") as out:
        yield out


def rules_folder(chosen: Settings) -> Path | None:
    """The folder of the user's rules: the one that is set, or the one by the archive."""
    return _folder(chosen, "rules", chosen.rules)


def sites_folder(chosen: Settings) -> Path:
    """The folder of the user's site files: the one that is set, or the one by the archive."""
    return _folder(chosen, "sites", chosen.sites)


def _folder(chosen: Settings, name: str, stated: str) -> Path:
    if stated and not Path(stated).is_dir():
        raise BadInput(f"{name} = {stated!r}: there is no such folder")
    if stated:
        return Path(stated)
    if plain := _FILE.fullmatch(chosen.database):
        return Path(plain["path"]).parent / name
    from archiver.archive import engine as archive  # noqa: PLC0415 - why, stands above

    return archive.beside(chosen.database, name)


def cleaner_of(chosen: Settings) -> Cleaner:
    """The cleaner with the user's rules."""
    from archiver.work.cleaning import Cleaner  # noqa: PLC0415 - why, stands above

    cleaner = Cleaner(rules_folder(chosen))
    expect_many_objects()  # again: the rules and what they were read with are to stay
    return cleaner


def _say(message: str) -> None:
    click.echo(message, err=True)


def end_run(counts: dict[str, int], say: Callable[[str], None] = _say) -> None:
    """Say what a run came to, and end with 1 if some of it failed."""
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    say(told or "nothing was due")
    if counts.get("failed"):
        say("what failed is on record in the table `failure`")
        sys.exit(EXIT_FAILED)
