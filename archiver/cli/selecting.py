"""The options of a selection, the same for `export` and `release create`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

import click

from archiver.cli.shared import LANGUAGE, SCRIPT, sites_option

F = TypeVar("F", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """An ISO 8601 day or time; without a zone it is UTC, a day begins at midnight."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it."""
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no ISO 8601 day or time, like 2026-03-01", param, ctx)


MOMENT = Moment()
_CHARS = click.IntRange(0, 2**63 - 1)

_OPTIONS = (
    click.option(
        "--language",
        "languages",
        type=LANGUAGE,
        multiple=True,
        metavar="TAG",
        help="Only this language (hi, bn, ...), in any script; may be repeated.",
    ),
    click.option(
        "--script",
        "scripts",
        type=SCRIPT,
        multiple=True,
        metavar="CODE",
        help="Only this script, by ISO 15924 (Deva, Beng, ...); may be repeated.",
    ),
    click.option(
        "--published-since", type=MOMENT, metavar="TIME", help="Published then or later, UTC."
    ),
    click.option(
        "--published-until", type=MOMENT, metavar="TIME", help="Published before then, UTC."
    ),
    click.option(
        "--fetched-since", type=MOMENT, metavar="TIME", help="First fetched as it is then or later."
    ),
    click.option(
        "--fetched-until", type=MOMENT, metavar="TIME", help="First fetched as it is before then."
    ),
    click.option(
        "--min-chars", type=_CHARS, metavar="N", help="Texts of so many characters or more."
    ),
    click.option(
        "--max-chars", type=_CHARS, metavar="N", help="Texts of so many characters or fewer."
    ),
    click.option(
        "--duplicates",
        type=click.Choice(["all", "representative", "none"]),
        default="all",
        show_default=True,
        help="Of texts that say the same, or nearly: all, the first of them, or none.",
    ),
    click.option(
        "--wire",
        type=click.Choice(["all", "only", "none"]),
        default="all",
        show_default=True,
        help="Stories that a news agency sent: with the others, alone, or left out.",
    ),
    click.option("--query", default="", help="Only what `archiver search` finds with these words."),
    click.option(
        "--where",
        default="",
        metavar="CONDITION",
        help="Only where a SQL condition over columns holds, \"section = 'Sport' OR chars > 500\".",
    ),
    click.option(
        "--signal",
        "signals",
        multiple=True,
        metavar="BOUND",
        help="Only texts with this signal of quality, as in 'digits <= 0.3'; may be repeated.",
    ),
    click.option(
        "--as-of", type=MOMENT, metavar="TIME", help="The documents that were current then."
    ),
    click.option(
        "--cleaner", default="", metavar="ID", help="The documents of this cleaner, current or not."
    ),
    click.option(
        "--purpose",
        type=click.Choice(["", "training"]),
        default="",
        metavar="training",
        help="Leave out what its publisher reserved from the training of models.",
    ),
)


def selection_options(command: F) -> F:
    """Add the options of a selection; the command gets `selection` of them."""

    @wraps(command)
    def called(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the command has it
        from archiver.archive.selection import Selection  # noqa: PLC0415 - SQLAlchemy comes with it

        chosen = {name: options.pop(name) for name in Selection.__slots__ if name in options}
        sites = options.pop("hosts")
        return command(*args, **options, selection=Selection(sites=sites, **chosen))

    decorated = called
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return sites_option(decorated)  # type: ignore[return-value]
