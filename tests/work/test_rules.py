"""`archiver rules`: what is listed, what the evidence says, what a new rule looks like."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput, BadRules
from archiver.text import normal
from archiver.text.prose import words
from archiver.work import rules

SHIPPED = rules.read(None)


def ids(language: str = "", system: str = "", site: str = "", kind: str = "") -> list[str]:
    found = rules.listing(SHIPPED, language=language, system=system, site=site, kind=kind)
    return [str(row["id"]) for row in found]


def mine(folder: Path, text: str, name: str = "mine.toml") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_without_a_filter_every_rule_is_listed_once() -> None:
    assert ids() == [rule.id for source in SHIPPED for rule in source.pack.rules]


def test_a_language_leaves_out_the_packs_of_others() -> None:
    packs = {one.partition(".")[0] for one in ids(language="hi", system="jannah")}
    assert {"base", "en", "hi", "jannah"} <= packs
    assert not packs & {"bn", "ta", "ur", "foxiz"}


def test_a_kind_is_listed_alone() -> None:
    kinds = {row["kind"] for row in rules.listing(SHIPPED, language="", system="", site="", kind="run")}  # fmt: skip
    assert kinds == {"run"}


def test_a_users_rules_for_a_site_are_listed_for_it(tmp_path: Path) -> None:
    mine(tmp_path, 'sites = ["a.example"]\nlanguages = ["hi"]\n' + rules.draft("Join", kind="", label="x", why="y", family="mine"))  # fmt: skip
    for site, language, listed in (
        ("", "", True),
        ("a.example", "", True),
        ("a.example", "bn", False),
        ("b.example", "", False),
    ):
        rows = rules.listing(
            rules.read(tmp_path), language=language, system="", site=site, kind="line"
        )
        assert ("mine.join" in {row["id"] for row in rows}) is listed


@pytest.mark.parametrize(("name", "value"), [("system", "nosuch"), ("kind", "lines")])
def test_a_system_or_kind_that_is_none_is_named(name: str, value: str) -> None:
    asked = {"language": "", "system": "", "site": "", "kind": "", name: value}
    with pytest.raises(BadInput, match=f"'{value}'; there are"):
        list(rules.listing(SHIPPED, **asked))


FAILING = """
[[rule]]
id = "mine.promo"
kind = "line"
why = "our own promotion"
phrases = ["Join the club"]
strips = ["Join the club!", "Join the club »"]
keeps = ["JOIN THE CLUB", "He told them to join the club."]
"""


def test_evidence_that_does_not_hold_is_told_line_by_line(tmp_path: Path) -> None:
    file = str(mine(tmp_path, FAILING))
    (source,) = rules.named(SHIPPED, [file])
    assert [str(one) for one in rules.evidence(source)] == [
        f"{file}: rule mine.promo: strips 'Join the club!' does not fire",
        f"{file}: rule mine.promo: keeps 'JOIN THE CLUB' fires",
    ]


def test_a_rule_of_words_without_evidence_is_a_doubt_and_one_of_structure_is_none(
    tmp_path: Path,
) -> None:
    bare = FAILING.partition("strips")[0]
    box = '[[rule]]\nid = "mine.box"\nkind = "container"\nwhy = "x"\nselectors = [".box"]\n'
    (source,) = rules.named(SHIPPED, [str(mine(tmp_path, bare + box))])
    (found,) = rules.evidence(source)
    assert found.doubt
    assert "mine.promo: warning: has neither" in str(found)


def test_the_evidence_of_a_language_is_read_in_it(tmp_path: Path) -> None:
    """Months are named by the language of the pack, also of a user's."""
    text = (
        'languages = ["hi"]\n[[rule]]\nid = "mine.day"\nkind = "date_line"\nwhy = "x"\n'
        'phrases = ["छपा"]\nstrips = ["छपा: १४ नवंबर २०२५"]\n'
    )
    (source,) = rules.named(SHIPPED, [str(mine(tmp_path, text))])
    assert list(rules.evidence(source)) == []


def test_packs_files_and_rules_can_be_named(tmp_path: Path) -> None:
    file = mine(tmp_path, FAILING)
    in_force = rules.read(tmp_path)
    by_file, by_pack, by_id = rules.named(in_force, [str(file), "user/mine", "mine.promo"])
    assert by_file == by_pack == by_id
    assert by_file.file == str(file)
    assert [source.file for source in rules.named(in_force, ["lang/hi"])] == ["lang/hi.toml"]
    with pytest.raises(BadInput, match="nosuch: is no rule file"):
        rules.named(in_force, ["nosuch"])


def drafted(line: str, kind: str = "") -> dict[str, object]:
    table = rules.draft(line, kind=kind, label="read_also", why="a teaser", family="mine")
    (rule,) = tomllib.loads(table)["rule"]
    return dict(rule)


def test_a_label_with_a_tail_is_a_prefix() -> None:
    rule = drafted("Also  read: New library opens")
    assert (rule["kind"], rule["phrases"], rule["id"]) == ("prefix", ["Also read:"], "mine.also-read")  # fmt: skip
    assert rule["strips"] == ["Also read: New library opens"]
    assert drafted("Also read: New library opens", "line")["phrases"] == ["Also read: {}"]


def test_a_label_may_be_numbered() -> None:
    assert drafted("Photo 3 of 5: The bridge")["phrases"] == ["Photo {#} of {#}:"]


def test_a_clock_is_no_label() -> None:
    assert drafted("Printed at 19:21")["kind"] == "line"


def test_an_id_of_letters_that_are_not_ascii_is_the_label_with_a_digest() -> None:
    one, same, other = (drafted(line)["id"] for line in ("ऐप खोलें", "ऐप  खोलें", "ऐप खोलिए"))
    assert one == same != other
    assert str(one).startswith("mine.read-also-")
    assert str(one).isascii()


def test_numbers_change_from_page_to_page(tmp_path: Path) -> None:
    """The rule for one line takes its like, in the digits of any script."""
    for line, like in (("12,345 views today", "7 views today"), ("पढ़ने में ४ मिनट", "पढ़ने में 12 मिनट")):  # fmt: skip
        table = rules.draft(line, kind="", label="x", why="y", family="mine")
        rule = rules.checked([], table, Path("mine.toml"))
        (source,) = rules.named([], [str(mine(tmp_path, table))])
        assert rules.fires(source.pack, rule, like)


@given(st.text(max_size=80), st.sampled_from(["", *rules.FROM_A_LINE]))
def test_a_draft_reads_and_holds_whatever_the_line(line: str, kind: str) -> None:
    """It takes its own line, or is refused with a reason."""
    try:
        table = rules.draft(line, kind=kind, label="x", why='a "reason"\n', family="mine")
        rule = rules.checked([], table, Path("mine.toml"))
    except BadInput:
        return
    assert rule.strips == (normal.collapse(line),)
    assert words(rule.phrases[0])


def add(file: Path, line: str, site: str = "", language: str = "") -> str:
    table = rules.draft(line, kind="", label="x", why="y", family=file.stem)
    return rules.append(SHIPPED, table, file, site=site, language=language).id


def test_rules_are_appended_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    assert add(file, "Join the club", "a.example", "en") == "mine.join-the-club"
    assert add(file, "Leave the club", "a.example") == "mine.leave-the-club"
    table = tomllib.loads(file.read_text("utf-8"))
    assert table["about"]
    assert (table["sites"], table["languages"]) == (["a.example"], ["en"])
    assert len(table["rule"]) == 2
    (source,) = rules.named(SHIPPED, [str(file)])
    assert list(rules.evidence(source)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    ("line", "site", "language", "fault"),
    [
        ("Join the club", "", "", "the id is taken by"),
        ("Join the band", "b.example", "", "is for a.example, not for b.example"),
        ("Join the band", "", "bn", "is for every language, not for bn"),
    ],
)
def test_what_does_not_belong_into_the_file_changes_nothing(
    tmp_path: Path, line: str, site: str, language: str, fault: str
) -> None:
    file = tmp_path / "mine.toml"
    add(file, "Join the club", "a.example")
    before = file.read_bytes()
    with pytest.raises(BadInput, match=fault):
        add(file, line, site, language)
    assert file.read_bytes() == before


def test_no_rule_is_added_to_a_file_that_does_not_read(tmp_path: Path) -> None:
    file = mine(tmp_path, "[[rule")
    with pytest.raises(BadRules, match=r"mine\.toml: cannot be read"):
        add(file, "Join the club")
    with pytest.raises(BadInput, match=r"something\.toml"):
        add(tmp_path / "mine.txt", "Join the club")


def test_who_takes_the_line_already_is_told(tmp_path: Path) -> None:
    """In its language, or in any if none is told; a rule that needs context does not yet."""
    text = 'languages = ["hi"]\n' + FAILING
    careful = FAILING.replace("mine.promo", "mine.careful") + "needs_context = true\n"
    mine(tmp_path, text + careful)
    sources = rules.read(tmp_path)
    for language, names in (("hi", ["mine.promo"]), ("", ["mine.promo"]), ("ta", [])):
        found = [rule.id for _, rule in rules.taking(sources, "Join the club", language)]
        assert found == names


@pytest.mark.parametrize(("site", "language"), [("https://a.example/", ""), ("a b", ""), ("", "Hindi"), ("", "hi-IN")])  # fmt: skip
def test_no_rule_is_written_for_what_no_page_has(tmp_path: Path, site: str, language: str) -> None:
    with pytest.raises(BadInput, match=r"is called|language is"):
        add(tmp_path / "mine.toml", "Join the club", site, language)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["", " … ", "2025", "12:30", "1,2 / 3.4 / 5 / 6"])
def test_a_line_without_words_makes_no_rule(line: str) -> None:
    with pytest.raises(BadInput, match="the line"):
        rules.draft(line, kind="", label="x", why="", family="mine")
