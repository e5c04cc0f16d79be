"""`archiver rules containers` as a user types it."""

from __future__ import annotations

from pathlib import Path

from archiver.archive import engine as archive
from tests.command_line import archiver, told
from tests.work.test_containers import CHANGE, SITE, fill


def test_containers_are_told_accepted_and_in_force(tmp_path: Path) -> None:
    """Printed, then written; the site's pages are stale once; an edited file stays."""
    database = f"sqlite:///{tmp_path}/archive.db"
    archive.upgrade(database)
    engine = archive.connect(database)
    fill(engine, list(range(CHANGE)))
    engine.dispose()
    told(archiver("reclean", folder=tmp_path), 0)
    printed = archiver("rules", "containers", "--site", SITE, folder=tmp_path)
    told(printed, 0)
    assert b"layout 1, 14 pages: proposed" in printed.stderr
    assert b'selector = "body.home > div.page > div.story"' in printed.stdout
    file = tmp_path / "rules" / "learned" / f"{SITE}+containers.toml"
    assert not file.exists()
    accepted = archiver("rules", "containers", "--accept", folder=tmp_path)
    told(accepted, 0)
    assert accepted.stdout == b""
    assert file.read_bytes() == printed.stdout
    assert b"made.example: 14 documents, 0 changed" in (
        archiver("reclean", "--dry-run", folder=tmp_path).stdout
    )
    told(archiver("reclean", folder=tmp_path), 0)
    assert b"nothing is broken" in archiver("verify", folder=tmp_path).stdout
    file.write_bytes(printed.stdout.replace(b"outside = ", b"outside = 1"))
    refused = archiver("rules", "containers", "--accept", folder=tmp_path)
    assert refused.returncode == 1
    assert b"left as it is" in refused.stderr
    told(archiver("rules", "containers", "--site", "nowhere.example", folder=tmp_path), 2)
