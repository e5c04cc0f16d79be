"""`archiver rules` as a user types it, and a user's own rule file beside the archive."""

from __future__ import annotations

import json
from pathlib import Path

from archiver.work.sample_sites import samples_folder
from tests.command_line import archiver, told

PAGE = samples_folder() / "foxiz.example" / "ghat-pul"
RULE = """about = "For the tests."

[[rule]]
id = "mine.club"
kind = "line"
why = "self-promotion"
phrases = ["Join the club"]
strips = ["Join the club"]
keeps = ["Join the club, he said."]
"""


def put(folder: Path, text: str = RULE) -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "mine.toml").write_text(text, "utf-8")
    return folder / "rules" / "mine.toml"


def cleaner(folder: Path) -> str:
    done = archiver("clean", "--json", str(PAGE / "page.html"), folder=folder)
    told(done, 0)
    return str(json.loads(done.stdout)["cleaner"])


def test_a_rule_file_beside_the_archive_is_part_of_the_cleaner(tmp_path: Path) -> None:
    """It acts, it changes the cleaner's name, and only by what it does."""
    before = cleaner(tmp_path)
    file = put(tmp_path)
    named = cleaner(tmp_path)
    assert named != before
    text = b"The bridge over the river was opened again on Thursday, in the rain.\nJoin the club"
    done = archiver("clean", folder=tmp_path, stdin=text)
    assert b"Join the club" not in done.stdout
    put(tmp_path, RULE.replace("self-promotion", "another reason"))
    assert cleaner(tmp_path) == named
    put(tmp_path, RULE.replace("Join the club", "Leave the club"))
    assert cleaner(tmp_path) not in {before, named}
    file.unlink()
    assert cleaner(tmp_path) == before


def test_a_rule_file_is_found_beside_an_archive_elsewhere(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    put(there)
    listed = ("rules", "list", "--kind", "line")
    assert b"mine.club" not in archiver(*listed, folder=tmp_path).stdout
    done = archiver("--database", "there/archive.db", *listed, folder=tmp_path)
    assert b"mine.club\tuser/mine\tline\tclub\t1\t0\t\tself-promotion\n" in done.stdout


def test_an_expression_that_would_hang_is_named_with_file_and_rule(tmp_path: Path) -> None:
    put(tmp_path, RULE.replace('phrases = ["Join the club"]', "pattern = '(j+)+x'"))
    for words in (("clean", str(PAGE / "page.html")), ("rules", "test"), ("rules", "list")):
        said = told(archiver(*words, folder=tmp_path), 2)
        assert "rules/mine.toml: rule 'mine.club': pattern: a repetition" in said


def test_list_is_a_table_and_one_object_a_line(tmp_path: Path) -> None:
    shown = ("rules", "list", "--language", "hi", "--system", "jannah")
    lines = archiver(*shown, folder=tmp_path).stdout.decode().splitlines()
    assert lines[0] == "id\tpack\tkind\tlabel\tphrases\tselectors\tneeds_context\twhy"
    done = archiver(*shown, "--json", folder=tmp_path)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["id"] for record in records] == [line.split("\t")[0] for line in lines[1:]]
    assert all("\t".join(record) == lines[0] for record in records)
    assert "no pack" in told(archiver("rules", "list", "--system", "x", folder=tmp_path), 2)


def test_a_rule_that_does_not_hold_is_one_line_and_exit_code_one(tmp_path: Path) -> None:
    """With no name it is the only one of all rules, those that are shipped among them."""
    put(tmp_path, RULE.replace('keeps = ["', 'keeps = ["Join the club", "'))
    for words in ((), ("rules/mine.toml",), ("mine.club",)):
        done = archiver("rules", "test", *words, folder=tmp_path)
        assert "1 wrong" in told(done, 1)
        assert done.stdout == b"rules/mine.toml: rule mine.club: keeps 'Join the club' fires\n"
    done = archiver("rules", "test", "lang/hi", folder=tmp_path)
    assert "0 wrong" in told(done, 0)
    assert done.stdout == b""
    told(archiver("rules", "test", "nosuch.toml", folder=tmp_path), 2)


def test_lint_ends_with_one_where_it_finds_something(tmp_path: Path) -> None:
    put(tmp_path)
    assert "0 wrong" in told(archiver("rules", "lint", "user/mine", folder=tmp_path), 0)
    gold = tmp_path / "gold.txt"
    gold.write_text("A sentence about a bridge.\nJoin the club\n", "utf-8")
    done = archiver("rules", "lint", "user/mine", "--gold", "gold.txt", folder=tmp_path)
    told(done, 1)
    assert b"mine.club: gold: takes 'Join the club'" in done.stdout
    told(archiver("rules", "lint", "--gold", "nosuch", folder=tmp_path), 2)


def test_from_an_example_line_to_a_rule_in_force(tmp_path: Path) -> None:
    """new, new --add, test, clean."""
    line = "हमारे ऐप से जुड़ें: यहाँ दबाएँ"
    words = ("rules", "new", line, "--label", "app_promo")
    shown = archiver(*words, "--language", "hi", folder=tmp_path)
    told(shown, 0)
    assert shown.stdout.decode().startswith('# for a file with languages = ["hi"]\n[[rule]]\nid = "hi.')  # fmt: skip
    (tmp_path / "rules").mkdir()
    added = archiver(*words, "--add", "rules/own.toml", folder=tmp_path)
    assert "own.app-promo-" in told(added, 0)
    assert added.stdout == b""
    assert "the id is taken" in told(archiver(*words, "--add", "rules/own.toml", folder=tmp_path), 2)  # fmt: skip
    told(archiver("rules", "test", "user/own", folder=tmp_path), 0)
    told(archiver("rules", "lint", "user/own", folder=tmp_path), 0)
    text = f"नदी पर बना पुराना पुल गुरुवार को बारिश के बीच फिर से लोगों के लिए खोल दिया गया।\n{line}"
    done = archiver("clean", folder=tmp_path, stdin=text.encode())
    assert "ऐप" not in done.stdout.decode()
    told(archiver("rules", "new", "...", folder=tmp_path), 2)
