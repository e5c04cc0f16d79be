"""Sites as a table for people who live in spreadsheets: CSV in and out.

A row a site, the keys of a site file as columns; lists are parted by blanks. What a spreadsheet
would take for a formula has an apostrophe before it, which is taken away when it is read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from archiver.errors import BadInput, BadRules
from archiver.work import site_files
from archiver.work.site_files import SiteFile

# What spreadsheets run as a formula; see OWASP's page on CSV injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DELIMITERS = ",;\t"
_TRUE = {"true": True, "1": True, "yes": True, "wahr": True, "vrai": True}
_FALSE = {"false": False, "0": False, "no": False, "falsch": False, "faux": False}


def _cell(value: object) -> str:
    """A value as a cell.

    >>> _cell(("a", "b")), _cell(True), _cell("=1+1"), _cell(None)
    ('a b', 'true', "'=1+1", '')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    said = " ".join(value) if isinstance(value, tuple) else str(value or "")
    return f"'{said}" if said.startswith((*_FORMULA, "'")) else said


def write(sites: Iterable[SiteFile], out: IO[str]) -> int:
    """Write sites, a row each after the head; how many."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(site_files.KEYS)
    count = 0
    for site in sites:
        rows.writerow([_cell(getattr(site, key)) for key in site_files.KEYS])
        count += 1
    return count


def _value(key: str, cell: str) -> object:
    """A cell that is not empty, as the value of a key. What cannot be one is told by `checked`."""
    cell = cell.removeprefix("'")
    if key in site_files.LISTS:
        return cell.split()
    if key in site_files.FLAGS:
        return {**_TRUE, **_FALSE}.get(cell.lower(), cell)
    if key == "pause":
        try:
            return float(cell.replace(",", "."))
        except ValueError:
            return cell
    return cell


def read(path: Path) -> Iterator[SiteFile | BadRules]:
    """Read the sites of a table, and the faults, each with its line; of two rows the first stands.

    Commas, semicolons and tabs part the columns, whichever the head has most of. Raises BadInput
    for what is no such table.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path}: cannot be read: {fault}; save it as CSV in UTF-8") from fault
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=head.count), strict=True)
    try:
        keys = [one.strip().lower() for one in next(rows, [])]
        unknown = [key for key in keys if key and key not in site_files.KEYS]
        if "home" not in keys or unknown:
            said = f"no column is called {unknown[0]!r}" if unknown else "there is no column `home`"
            raise BadInput(f"{path}, line 1: {said}; there are {', '.join(site_files.KEYS)}")
        if doubled := [key for key in keys if key and keys.count(key) > 1]:
            raise BadInput(f"{path}, line 1: two columns are called {doubled[0]!r}; take one away")
        lines: dict[str, int] = {}
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if len(row) > len(keys):
                yield BadRules(
                    f"{path}, line {rows.line_num}", "", "it has more cells than the head"
                )
                continue
            known = zip(keys, cells, strict=False)
            try:
                site = site_files.checked(
                    {key: _value(key, cell) for key, cell in known if key and cell}
                )
            except BadInput as fault:
                yield BadRules(f"{path}, line {rows.line_num}", "", str(fault))
                continue
            first = lines.setdefault(site.host, rows.line_num)
            if first != rows.line_num:
                said = f"{site.host} is told in line {first} already"
                yield BadRules(f"{path}, line {rows.line_num}", "", said)
                continue
            yield site
    except csv.Error as fault:
        raise BadInput(f"{path}, line {rows.line_num}: {fault}; save it as CSV in UTF-8") from fault
