"""What can go wrong, named by what the caller does next.

    ArchiverError
    ├── BadInput      wrong use: an option, a file or a URL that cannot serve; nothing was done
    │   ├── BadRules      a rule, site or settings file does not read; names file, rule and fault
    │   └── WrongArchive  the database is missing, foreign, older or newer than this program
    ├── TryLater      a passing fault (locked database, full disk): nothing is lost, run it again
    ├── Guarded       a limit of the settings says stop: look, then change something or insist
    ├── Damaged       stored bytes that no longer match their digest: restore them from a copy
    └── Uncleanable   one page that cannot be cleaned: a `failure` row, and the rest goes on

Messages say what, where and what to do. The command line prints them after ``archiver:``
and ends with `exit_code`; it never shows a traceback for one of these.
"""

from __future__ import annotations


class ArchiverError(Exception):
    """Base of all the errors that archiver raises on purpose."""

    exit_code = 1


class BadInput(ArchiverError):
    """An option, file, URL or byte string that cannot serve; the message says why."""

    exit_code = 2


class BadRules(BadInput):
    """A rule, site or settings file that does not read."""

    def __init__(self, file: str, rule: str, fault: str) -> None:
        """Name the `file`, the `rule` in it (or an empty string) and the `fault`."""
        where = f"{file}: rule {rule!r}" if rule else file
        super().__init__(f"{where}: {fault}")


class WrongArchive(BadInput):
    """The database is not an archive, or one of another schema version."""


class TryLater(ArchiverError):
    """A passing fault; what was acknowledged is stored, and a re-run goes on."""


class Guarded(ArchiverError):
    """A guard of the settings says stop; the message says which, why and how to go on."""

    exit_code = 3


class Damaged(ArchiverError):
    """Stored bytes that are not what was stored; the message names them and their digest."""


class Uncleanable(ArchiverError):
    """One page that cannot be cleaned. `stage` is ``decode``, ``extract`` or ``clean``."""

    def __init__(self, stage: str, reason: str, advice: str) -> None:
        """Keep `stage`, the `reason` and the `advice` apart, as the `failure` table does."""
        super().__init__(f"{reason} ({advice})")
        self.stage = stage
        self.reason = reason
        self.advice = advice

    def __reduce__(self) -> tuple[type[Uncleanable], tuple[str, str, str]]:
        """Cross from process to process with all three."""
        return Uncleanable, (self.stage, self.reason, self.advice)
