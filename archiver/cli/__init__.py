"""The door: reads the settings, opens the archive, calls the work of the same name, prints.

Data goes to standard output, everything else to standard error. Nothing here knows how.
One file a group of commands; this one has what stands before a command's name, and the exit. A
command's file is imported when the command is called, so that none waits for another's libraries.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from archiver import __version__, settings
from archiver.errors import ArchiverError
from archiver.text.terminal import safe
from archiver.work.collector import expect_many_objects, leave_the_rest

EXIT_INTERRUPTED = 130

# What is typed for a command, and where it stands: a file beside this one and a function there.
_COMMANDS = {
    "init": "keeping:init",
    "add": "adding:add",
    "sites": "sites:sites_",
    "scrape": "collecting:scrape",
    "schedule": "scheduling:schedule_",
    "import": "captures:import_",
    "show": "reading:show",
    "explain": "reading:explain",
    "history": "reading:history",
    "search": "searching:search",
    "duplicates": "duplicates:duplicates_",
    "diff": "versions:diff",
    "cleaner": "versions:cleaner_",
    "clean": "cleaning:clean",
    "fetch": "collecting:fetch",
    "robots": "collecting:robots_",
    "reclean": "keeping:reclean",
    "export": "exporting:export",
    "release": "releasing:release",
    "erase": "releasing:erase",
    "demo": "keeping:demo_",
    "rules": "rules:rules_",
    "compact": "upkeep:compact",
    "verify": "upkeep:verify",
    "doctor": "upkeep:doctor",
    "health": "watching:health",
    "status": "watching:status",
    "runs": "watching:runs",
}


class _Commands(Mapping[str, click.Command]):
    """The commands by name, each imported when it is asked for."""

    def __getitem__(self, name: str) -> click.Command:
        file, _, function = _COMMANDS[name].partition(":")
        found: click.Command = getattr(import_module(f"archiver.cli.{file}"), function)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


@click.group(commands=_Commands(), context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--database",
    metavar="URL",
    help="The archive, as an SQLAlchemy URL or the path of an SQLite file.  [default: archive.db]",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file.  [default: archiver.toml, where there is one]",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, database: str | None, config: Path | None) -> None:
    """Collect news pages, strip the site's chrome, keep clean text in a versioned archive.

    Start with `archiver demo`. For an archive of your own: `init`, `add` a site, `scrape`,
    `show`, `export`; after a change of rules `reclean --dry-run`, then `reclean`.

    Exit codes: 0 done; 1 some items failed, and are on record; 2 wrong use; 3 a guard or an
    alarm; 130 interrupted (SIGINT, SIGTERM), with everything stored.
    """
    chosen = settings.read(config)
    if database:
        chosen = replace(
            chosen, database=database if "://" in database else f"sqlite:///{database}"
        )
    context.obj = chosen


def main(run: Callable[..., object] = cli.main) -> NoReturn:
    """Run the command line; every error that is no bug ends in one line and an exit code."""
    codes: list[int] = []
    atexit.register(_leave, codes)  # the first to register is the last to be called
    # Threads that numpy would start for linear algebra, of which there is none here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    expect_many_objects()
    codes.append(_code_of(run))
    sys.exit(codes[0])


def _code_of(run: Callable[..., object]) -> int:
    try:
        try:
            run(standalone_mode=False, prog_name="archiver")
        finally:
            leave_the_rest()
            click.echo(nl=False)  # flushes, here where a full disk can still be told
    except SystemExit as ended:  # a command's own code
        return int(ended.code or 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _tell("interrupted; what was acknowledged is stored", EXIT_INTERRUPTED)
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except ArchiverError as fault:
        return _tell(str(fault), fault.exit_code)
    except BrokenPipeError:
        _drop_output()  # its reader has gone; what it wanted it has
    except OSError as fault:
        _drop_output()
        where = f"{fault.filename}: " if fault.filename else ""
        said = f"{where}{fault.strerror or fault}; mend that and run again"
        return _tell(said, ArchiverError.exit_code)
    return 0


def _tell(message: str, code: int) -> int:
    shown = "\n".join(map(safe, message.split("\n")))
    click.echo(f"archiver: {shown}", err=True)
    return code


def _leave(codes: Sequence[int]) -> None:
    """End the process at once, where it ends as meant, with all that others do at its end done.

    Python would first take every object apart, which is as much work as cleaning fifteen pages.
    mypy ends so too (`mypy.util.hard_exit`).
    """
    if codes:
        with suppress(OSError, ValueError):  # Python tells of it, after this
            for stream in (sys.stdout, sys.stderr):
                if stream:  # None where it was closed before the start
                    stream.flush()
            os._exit(codes[0])


def _drop_output() -> None:
    """Send the rest of standard output nowhere: Python would complain when it flushes at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
