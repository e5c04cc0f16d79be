"""How long work speaks: one line of text at a time, to whoever asked for it."""

from __future__ import annotations

from typing import Protocol


class Tell(Protocol):
    """Takes a line about the work; one in `passing` says how far it is and may be dropped.

    `about` names what it is about, where that is known: `run`, `site`, `url`.
    """

    def __call__(self, message: str, *, passing: bool = False, **about: str | int) -> None:
        """Tell it."""


def silent(message: str, *, passing: bool = False, **about: str | int) -> None:
    """Tell nobody."""
