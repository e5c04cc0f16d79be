"""Many small cases as one test, which tells of every case that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def each(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[..., Callable[[], None]]:
    """Do what `pytest.mark.parametrize` does, in one test instead of one a case.

    For cases of microseconds: a test of its own costs each some milliseconds, and there are
    thousands. Every case is tried; those that fail are raised together, each with a note of it.
    """
    listed = [
        {names: case} if isinstance(names, str) else dict(zip(names, case, strict=True))
        for case in cases
    ]
    assert listed, "no case, so nothing would be tested"

    def made(test: Callable[..., None]) -> Callable[[], None]:
        def tried() -> None:
            failed: list[Exception] = []
            for case in listed:
                try:
                    test(**case)
                except (Exception, pytest.fail.Exception) as fault:  # noqa: BLE001 - raised below
                    told = fault if isinstance(fault, Exception) else AssertionError(str(fault))
                    told.add_note(f"the case: {case!r:.1000}")
                    failed.append(told)
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(listed)} cases failed", failed)

        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            setattr(tried, name, getattr(test, name))
        return tried

    return made
