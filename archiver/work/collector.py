"""Python's collector of cycles, set for a process that reads or cleans page after page.

A file of its own, because a command sets it before it imports anything else.
"""

from __future__ import annotations

import gc

# New objects before the collector of cycles looks at them (Python's own: 700). A page is laid out
# in some ten thousand objects without a cycle; looking at them again and again took a fifth of
# the time.
_UNCOLLECTED = 50_000


def expect_many_objects() -> None:
    """Let the collector look seldom, and never at what is there when this is called."""
    gc.freeze()
    gc.set_threshold(_UNCOLLECTED, *gc.get_threshold()[1:])


def leave_the_rest() -> None:
    """Let the collector find nothing to look at when Python ends.

    What pages left behind goes to the system with the process; to search all of it for cycles
    first took a twentieth of the time of two hundred pages.
    """
    gc.freeze()
