"""The figures of a package's source: its size, its shape, and how much of it explains itself.

    python -m benchmarks.house                     # ours
    python -m benchmarks.house FOLDER [FOLDER ...] # beside other packages, as installed
    python -m benchmarks.house --check             # what is too long, without a reason beside it

Prints one Markdown table, a column a package. With `--check` it prints each file of the project
past 500 lines and each function past 60 without a reason, and ends with 1 if there is any. A reason
stands behind `# long:` on the file's first line that is a comment or on the function's own line;
what explains there why a function has so many statements (ruff's PLR0915) explains its length.
 Nothing is imported, only read. `lines` are those
with code or text on them; a function's lines are from its `def` to its end. A docstring counts as
useful where it says at least three words that the name does not. An import cycle is a set of
modules that need each other while they are imported. Lines are said twice where a run of eight or
more stands in two places, white space aside.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import archiver

RUN = 8  # lines that are a copy and no coincidence
WORDS = 3  # beyond the name, that make a docstring useful
FILE = 500  # lines, as they stand in an editor
FUNCTION = 60
# Migrations are left out: they repeat the schema as it was, and nobody changes them again.
CHECKED = ("archiver", "benchmarks", "tests")
REASON = re.compile(r"# long: \w|# noqa: [A-Z0-9, ]*\bPLR0915\b[A-Z0-9, ]* - \w")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file, read."""

    name: str
    lines: list[str]
    tree: ast.Module


def modules(folder: Path) -> list[Module]:
    """Every module of a package, tests that it ships left out."""
    found = []
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        if "tests" in parts:
            continue
        text = file.read_text("utf-8")
        name = ".".join((folder.name, *parts)).removesuffix(".__init__")
        found.append(Module(name, [line.strip() for line in text.splitlines()], ast.parse(text)))
    return found


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines from `def` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def imports(module: Module, known: set[str]) -> set[str]:
    """The package's own modules that this one needs while it is imported."""
    found: set[str] = set()
    here = module.name.split(".")
    for node in _at_import(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + (module.name + ".__init__" in known)]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return (found & known) - {module.name}


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: not those of functions and of type checks."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _at_import(child)


def cycles(graph: dict[str, set[str]]) -> int:
    """How many sets of modules need each other: strongly connected components of two and more."""
    order: list[str] = []
    seen: set[str] = set()

    def visit(name: str, ways: dict[str, set[str]], into: list[str]) -> None:
        seen.add(name)
        for other in sorted(ways[name]):
            if other not in seen:
                visit(other, ways, into)
        into.append(name)

    back: dict[str, set[str]] = defaultdict(set)
    for name, others in graph.items():
        back[name] |= set()
        for other in others:
            back[other].add(name)
    for name in graph:
        if name not in seen:
            visit(name, graph, order)
    seen.clear()
    found = 0
    for name in reversed(order):
        if name not in seen:
            together: list[str] = []
            visit(name, back, together)
            found += len(together) > 1
    return found


def said_twice(files: list[Module]) -> int:
    """Lines of runs that stand in two places."""
    places: dict[tuple[str, ...], set[tuple[int, int]]] = defaultdict(set)
    for number, module in enumerate(files):
        told = [line for line in module.lines if line]
        for at in range(len(told) - RUN + 1):
            places[tuple(told[at : at + RUN])].add((number, at))
    lines = {
        (number, at + step)
        for found in places.values()
        if len(found) > 1
        for number, at in found
        for step in range(RUN)
    }
    return len(lines)


def is_useful(node: ast.Module | ast.ClassDef | Function, name: str) -> bool:
    """Whether a docstring says more than the name does."""
    named = set(name.lower().replace(".", "_").split("_"))
    said = (ast.get_docstring(node) or "").lower().split()
    return len({word.strip(".,:;`()") for word in said} - named) >= WORDS


def is_public(name: str) -> bool:
    """Whether a name has no underscore before it."""
    return not name.startswith("_")


def share(parts: list[bool]) -> str:
    """A share in per cent."""
    return f"{100 * sum(parts) / len(parts):.0f} %" if parts else ""


def figures(folder: Path) -> dict[str, str]:
    """All figures of one package."""
    files = modules(folder)
    sizes = [sum(1 for line in one.lines if line) for one in files]
    all_functions = [(one, function) for one in files for function in functions(one.tree)]
    lengths = [length(function) for _, function in all_functions]
    public = [f for _, f in all_functions if is_public(f.name)]
    largest = max(zip(sizes, files, strict=True), key=lambda pair: pair[0])
    longest = max(all_functions, key=lambda pair: length(pair[1]))
    known = {one.name for one in files}
    known |= {
        f"{one.name}.__init__"
        for one in files
        if Path(folder.parent, *one.name.split("."), "__init__.py").exists()
    }
    graph = {one.name: imports(one, known) & {f.name for f in files} for one in files}
    return {
        "files": str(len(files)),
        "lines": str(sum(sizes)),
        "lines of a file: median": f"{median(sizes):.0f}",
        "largest file": f"{largest[0]} ({largest[1].name.partition('.')[2] or 'the package'})",
        "files past 500 lines": str(sum(size > FILE for size in sizes)),
        "lines of a function: median": f"{median(lengths):.0f}",
        "longest function": f"{max(lengths)} ({longest[1].name})",
        "functions past 60 lines": str(sum(size > FUNCTION for size in lengths)),
        "import cycles": str(cycles(graph)),
        "lines said twice": str(said_twice(files)),
        "modules with a useful docstring": share([is_useful(one.tree, one.name) for one in files]),
        "public functions with one": share([is_useful(one, one.name) for one in public]),
    }


def too_long(file: Path) -> Iterator[str]:
    """What of a file is past the bounds and says no reason, a line each."""
    lines = file.read_text("utf-8").splitlines()
    comments = (line for line in lines if line.startswith("#"))
    if len(lines) > FILE and not REASON.search(next(comments, "")):
        yield f"{file}: {len(lines)} lines; split it at its second noun, or say `# long: why`"
    for one in functions(ast.parse("\n".join(lines))):
        said = lines[one.lineno - 1 : one.body[0].lineno - 1]
        if length(one) > FUNCTION and not any(map(REASON.search, said)):
            yield (
                f"{file}:{one.lineno}: {one.name} has {length(one)} lines; split it, "
                "or say `# long: why`"
            )


def check(folder: Path) -> None:
    """Print what is too long in a checkout, and end with 1 if anything is."""
    files = (file for name in CHECKED for file in sorted((folder / name).rglob("*.py")))
    found = [line for file in files for line in too_long(file)]
    print("\n".join(found) or f"no file past {FILE} lines, no function past {FUNCTION}")
    sys.exit(bool(found))


def main() -> None:
    """Read the folders, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", nargs="*", type=Path, help="of other packages")
    parser.add_argument("--check", action="store_true", help="list what is too long")
    options = parser.parse_args()
    ours = Path(archiver.__file__).parent
    if options.check:
        check(ours.parent)
    columns = {folder.name: figures(folder) for folder in [ours, *options.folders]}
    print(f"| | {' | '.join(columns)} |")
    print("| --- |" + " ---: |" * len(columns))
    for row in next(iter(columns.values())):
        print(f"| {row} | {' | '.join(column[row] for column in columns.values())} |")


if __name__ == "__main__":
    main()
