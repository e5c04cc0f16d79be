"""What `archiver rules lint` finds, and what it leaves in peace."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.errors import BadInput
from archiver.text.prose import MIN_PARAGRAPH
from archiver.work import lint, rules
from archiver.work.cleaning import Cleaner
from archiver.work.ordinary import SENTENCES

SHIPPED = rules.read(None)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def rule(name: str, phrases: object, kind: str = "line", more: str = "") -> str:
    key = "selectors" if kind == "container" else "phrases"
    listed = json.dumps(phrases, ensure_ascii=False)
    return f'[[rule]]\nid = "{name}"\nkind = "{kind}"\nwhy = "x"\n{key} = {listed}\n{more}\n'


def linted(folder: Path, **files: str) -> list[str]:
    """The findings about files of one folder, as ``rule: finding``; other rules there are none."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    sources = rules.named([], [str(folder / f"{name}.toml") for name in sorted(files)])
    return [f"{one.rule}: {one.fault}" for one in lint.lint(sources, sources)]


def test_good_rules_are_left_in_peace(tmp_path: Path) -> None:
    text = rule("m.a", ["Join the club"]) + rule("m.b", ["Join our band:"], "prefix")
    text += rule("m.d", ["责任编辑", "Copyright ©"], "prefix")
    text += rule("m.c", [".club-box", "aside > .band", "figcaption.x"], "container")
    assert linted(tmp_path, mine=text) == []


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Join the club", "JOIN THE CLUB »", "line"),
        ("Join our band:", "join our band:", "prefix"),
        (".club-box", ".club-box", "container"),
    ],
)
def test_the_same_in_two_rules_is_told_of_the_later(
    tmp_path: Path, one: str, other: str, kind: str
) -> None:
    found = linted(tmp_path, mine=rule("m.a", [one], kind) + rule("m.b", [other], kind))
    assert any(line.startswith("m.b: duplicate:") and "m.a" in line for line in found)
    assert not any(line.startswith("m.a:") for line in found)


def test_the_notes_of_a_form_may_stand_under_each_of_its_headings(tmp_path: Path) -> None:
    one = rule("m.a", ["Leave a word", "Your address stays secret{}"], "from_here")
    other = rule("m.b", ["Say something", "Your address stays secret{}"], "from_here")
    assert linted(tmp_path, mine=one + other) == []


def test_the_same_twice_in_one_rule(tmp_path: Path) -> None:
    (found,) = linted(tmp_path, mine=rule("m.a", ["Join the club", "join the club."]))
    assert found == "m.a: duplicate: 'join the club' stands twice in it"


def test_a_narrower_file_repeats_a_wider_one_and_not_the_other_way(tmp_path: Path) -> None:
    narrow = 'languages = ["hi"]\n' + rule("a.x", ["Join the club"])
    found = linted(tmp_path, a=narrow, b=rule("b.x", ["Join the club"]))
    assert {line.partition(":")[0] for line in found} == {"a.x"}


def test_other_languages_and_sites_may_say_the_same(tmp_path: Path) -> None:
    hindi = 'languages = ["hi"]\n' + rule("a.x", ["Join the club"])
    tamil = 'languages = ["ta"]\n' + rule("b.x", ["Join the club"])
    site = 'sites = ["a.example"]\n' + rule("c.x", ["Join the band"])
    other = 'sites = ["b.example"]\n' + rule("d.x", ["Join the band"])
    assert linted(tmp_path, a=hindi, b=tamil, c=site, d=other) == []


def test_a_rule_that_acts_alone_is_no_copy_of_one_that_needs_context(tmp_path: Path) -> None:
    doubtful = rule("m.a", ["Join the club"], more="needs_context = true")
    found = linted(tmp_path, mine=doubtful + rule("m.b", ["Join the club"]))
    assert {line.partition(":")[0] for line in found} == {"m.a"}


def test_a_rule_that_another_makes_superfluous_is_shadowed(tmp_path: Path) -> None:
    wide = rule("m.wide", ["Join {} now"])
    narrow = rule("m.narrow", ["Join us now", "Join the club now"])
    partly = rule("m.partly", ["Join us tomorrow", "Join the band now"])
    found = linted(tmp_path, mine=narrow + partly + wide)
    assert found == ["m.narrow: shadowed: m.wide takes all that it takes"]


def test_a_letter_that_no_key_has_is_told_in_a_pattern_only(tmp_path: Path) -> None:
    """Phrases are folded as lines are, patterns are compared as they were written."""
    pattern = "pattern = '[ख]़?बरें: كتاب \\S'"
    text = rule("m.phrase", ["ख़बरें: كتاب"]) + rule("m.pattern", []).replace("phrases = []", pattern)
    assert linted(tmp_path, mine=text) == [
        "m.pattern: unkeyed: 'ك' is in no match key, write 'ک'",
        "m.pattern: unkeyed: '़' is in no match key, leave it out",
    ]


def test_what_stories_say_is_too_broad(tmp_path: Path) -> None:
    text = rule("m.short", ["Zebra"], "prefix") + rule("m.word", ["zebra"], "sentence")
    text += rule("m.label", ["Yak:"], "prefix") + rule("m.line", ["Yak"])
    text += rule("m.careful", ["Gnu "], "prefix", "needs_context = true")
    text += '[[rule]]\nid = "m.any"\nkind = "line"\nwhy = "x"\npattern = "[a-z ,]{5,80}"\n'
    found = linted(tmp_path, mine=text)
    assert {line.partition(":")[0] for line in found} == {"m.short", "m.word", "m.any"}
    assert any("Share prices" in line for line in found)


@pytest.mark.parametrize("selector", ["p", "div", "*", "article > p", "main div"])
def test_a_selector_of_what_text_is_made_of_is_too_broad(tmp_path: Path, selector: str) -> None:
    (found,) = linted(tmp_path, mine=rule("m.a", [selector], "container"))
    assert "broad: the selector" in found


@pytest.mark.parametrize("selector", ["nav", "p.club", "#club p", "[role=note]", "[class*=club]"])
def test_a_selector_that_names_something_is_not(tmp_path: Path, selector: str) -> None:
    assert linted(tmp_path, mine=rule("m.a", [selector], "container")) == []


@pytest.mark.parametrize("key", ['languages = ["hi-IN"]', 'languages = ["Hindi"]', 'languages = ["xx"]', 'sites = ["https://a.example/"]', 'sites = ["A.example"]'])  # fmt: skip
def test_what_no_page_has_is_unknown(tmp_path: Path, key: str) -> None:
    (found,) = linted(tmp_path, mine=f"{key}\n" + rule("m.a", ["Join the club"]))
    assert found.startswith(": unknown:")


def test_a_file_outside_the_folder_is_held_against_the_packs_in_force(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(rule("base.title", ["Join the club"]), "utf-8")
    wanted = rules.named(SHIPPED, [str(tmp_path / "other.toml")])
    (found,) = lint.lint(SHIPPED, wanted)
    assert "the id is taken by base.toml" in found.fault
    text = rule("m.a", ["Published on"], "date_line")
    (tmp_path / "other.toml").write_text(text, "utf-8")
    wanted = rules.named(SHIPPED, [str(tmp_path / "other.toml")])
    assert any("is also in base." in one.fault for one in lint.lint(SHIPPED, wanted))


BODY = "The bridge over the river was opened again on Thursday, in the rain.\nJoin the club\n"
BODY += "Nobody had expected it so early, said the engineer who had drawn the plans."


@pytest.mark.parametrize("suffix", [".txt", ".json", ".jsonl"])
def test_a_rule_that_takes_a_gold_line_is_told_with_the_line(tmp_path: Path, suffix: str) -> None:
    gold = tmp_path / f"gold{suffix}"
    gold.write_text(BODY if suffix == ".txt" else json.dumps({"text": BODY}), "utf-8")
    (tmp_path / "mine.toml").write_text('sites = ["a.example"]\n' + rule("m.a", ["Join the club"]), "utf-8")  # fmt: skip
    sources = rules.read(tmp_path)
    found = list(lint.on_gold(Cleaner(tmp_path), sources, sources, [gold, gold], NOW))
    assert [(one.rule, one.fault) for one in found] == [
        ("m.a", f"gold: takes 'Join the club' ({gold})")
    ]


def test_a_gold_text_is_read_under_the_rules_of_its_language(tmp_path: Path) -> None:
    (tmp_path / "gold.txt").write_text(BODY, "utf-8")
    hindi = 'languages = ["hi"]\n' + rule("m.a", ["Join the club"])
    (tmp_path / "mine.toml").write_text(hindi, "utf-8")
    sources = rules.read(tmp_path)
    assert list(lint.on_gold(Cleaner(None), sources, sources, [tmp_path / "gold.txt"], NOW)) == []


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{"), ("a.jsonl", "[]\n"), ("a.json", '{"title": "x"}')]
)
def test_a_gold_file_that_does_not_read_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(BadInput, match=name):
        lint.texts(tmp_path / name)


def test_records_without_a_text_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": null}\n{"text": "", "url": "u"}\n', "utf-8")
    assert lint.texts(tmp_path / "a.jsonl") == [("u", "")]
    assert list(lint.on_gold(Cleaner(None), SHIPPED, SHIPPED, [tmp_path / "a.jsonl"], NOW)) == []


def test_the_shipped_rules_take_no_ordinary_sentence() -> None:
    found = [str(one) for one in lint.lint(SHIPPED, SHIPPED) if "ordinary" in one.fault]
    assert found == []


def test_ordinary_sentences_are_short_and_of_one_line() -> None:
    """A longer one reads as a paragraph, which a prefix spares anyway: it would prove nothing."""
    for line in (line for lines in SENTENCES.values() for line in lines):
        assert len(line) < MIN_PARAGRAPH or line.startswith("He joined")
        assert line == line.strip()
