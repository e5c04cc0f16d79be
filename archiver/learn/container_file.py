"""Containers in, the text of a site's rule file out: the same containers, the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archiver.learn import toml
from archiver.model import Container


def _list(name: str, values: Sequence[str]) -> Iterator[str]:
    """A list with a line a value, so that a change of one is a change of one line."""
    yield f"{name} = [\n"
    for value in values:
        yield f"    {toml.string(value)},\n"
    yield "]\n"


def _container(one: Container) -> Iterator[str]:
    yield "\n[[container]]\n"
    yield f"id = {toml.string(one.id)}\n"
    yield f"why = {toml.string(one.why)}\n"
    yield f"selector = {toml.string(one.selector)}\n"
    yield f"letters = [{one.letters[0]}, {one.letters[1]}]\n"
    yield f"outside = {one.outside}\n"
    yield f"beside = {one.beside}\n"
    for name in ("since", "until"):
        if at := getattr(one, name):
            yield f"{name} = {at.replace('+00:00', 'Z')}\n"
    yield from _list("text", one.text)
    yield from _list("chrome", one.chrome)
    yield from _list("quiet", one.quiet)
    if one.unlinked:  # last: a table ends where the next begins
        yield "[container.unlinked]\n"
        for place, letters in one.unlinked:
            yield f"{toml.string(place)} = {letters}\n"


def container_file(site: str, containers: Sequence[Container]) -> str:
    """The rule file of a site's containers, below a seal."""
    about = f"Where the article stands on pages of {site}, learned from them."
    body = [
        "# A line changed: the file is yours, and is left alone.\n",
        "# Pages that a container does not fit, and all without this file, take the long way.\n",
        f"about = {toml.string(about)}\n",
        f"sites = [{toml.string(site)}]\n",
    ]
    for one in containers:
        body += _container(one)
    return toml.sealed("".join(body))
