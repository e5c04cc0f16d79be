"""`archiver rules containers` as a user types it."""

from __future__ import annotations

from pathlib import Path

from archiver.archive import engine as archive
from tests.command_line import archiver, told
from tests.folders import folder_with
from tests.work.test_containers import CHANGE, SITE, fill

folder = folder_with()


def test_containers_are_told_accepted_and_in_force(folder: Path) -> None:
    """Printed, then written; the site's pages are stale once; an edited file stays."""
    engine = archive.connect(f"sqlite:///{folder}/archive.db")
    fill(engine, list(range(CHANGE)))
    engine.dispose()
    told(archiver("reclean", folder=folder), 0)
    printed = archiver("rules", "containers", "--site", SITE, folder=folder)
    told(printed, 0)
    assert b"layout 1, 14 pages: proposed" in printed.stderr
    assert b'selector = "body.home > div.page > div.story"' in printed.stdout
    file = folder / "rules" / "learned" / f"{SITE}+containers.toml"
    assert not file.exists()
    accepted = archiver("rules", "containers", "--accept", folder=folder)
    told(accepted, 0)
    assert accepted.stdout == b""
    assert file.read_bytes() == printed.stdout
    assert b"made.example: 14 documents, 0 changed" in (
        archiver("reclean", "--dry-run", folder=folder).stdout
    )
    told(archiver("reclean", folder=folder), 0)
    assert b"nothing is broken" in archiver("verify", folder=folder).stdout
    file.write_bytes(printed.stdout.replace(b"outside = ", b"outside = 1"))
    refused = archiver("rules", "containers", "--accept", folder=folder)
    assert refused.returncode == 1
    assert b"left as it is" in refused.stderr
    told(archiver("rules", "containers", "--site", "nowhere.example", folder=folder), 2)
