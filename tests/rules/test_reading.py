"""Reading rule files: a broken one stops at once, and says file, rule and fault."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from archiver import rules
from archiver.clean import kinds, selectors
from archiver.errors import BadRules

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[rule]]
id = "mine.promo"
kind = "line"
why = "our own promotion"
phrases = ["Join the club"]
"""


def load(folder: Path, text: str = GOOD, name: str = "mine.toml") -> tuple[rules.Pack, ...]:
    (folder / name).write_text(text, "utf-8")
    return rules.load(folder, kinds.NEEDS_WORDS, selectors.parse)


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


BROKEN = {
    "no TOML": ("[[rule", "", "cannot be read"),
    "an unknown key of the file": ("colour = 1\n" + GOOD, "", "there is no key 'colour'"),
    "rules that are no tables": ('rule = "x"', "", "[[rule]] tables"),
    "a rule that is no table": ("rule = [1]", "#1", "[[rule]] table"),
    "no id": (changed('id = "mine.promo"', ""), "#1", "id is missing"),
    "no kind": (changed('kind = "line"', ""), "mine.promo", "kind is missing"),
    "no reason": (changed('"our own promotion"', '""'), "mine.promo", "why is missing"),
    "an unknown kind": (changed('"line"', '"lines"'), "mine.promo", "no kind 'lines'"),
    "an unknown key": (GOOD + 'phrase = "x"', "mine.promo", "there is no key 'phrase'"),
    "a text that is none": (changed('"our own promotion"', "5"), "mine.promo", "why must be a text"),
    "phrases that are no list": (changed('["Join the club"]', '"x"'), "mine.promo", "phrases must be a list"),
    "an empty phrase": (changed('"Join the club"', '" "'), "mine.promo", "none of them empty"),
    "a phrase that matches every line": (changed('"Join the club"', '"{}"'), "mine.promo", "matches every line"),
    "a phrase of punctuation alone": (changed('"Join the club"', '" : "'), "mine.promo", "matches every line"),
    "nothing to go by": (changed('phrases = ["Join the club"]', ""), "mine.promo", "phrases or a pattern"),
    "both": (GOOD + "pattern = 'x'", "mine.promo", "exclude each other"),
    "a pattern that does not read": (changed('phrases = ["Join the club"]', "pattern = '('"), "mine.promo", "pattern:"),
    "a pattern that matches nothing at all": (changed('phrases = ["Join the club"]', "pattern = 'x*'"), "mine.promo", "empty line"),
    "a container without selectors": (changed('"line"', '"container"'), "mine.promo", "needs selectors"),
    "a selector that does not read": (changed('"line"', '"container"') + 'selectors = ["a:hover"]', "mine.promo", "not understood"),
    "a flag that is none": (GOOD + "needs_context = 1", "mine.promo", "true or false"),
    "the id of a shipped rule": (changed("mine.promo", "base.title"), "base.title", "taken by base"),
    "the id of a shipped rule of a language": (changed("mine.promo", "hi.read-also"), "hi.read-also", "taken by lang/hi"),
    "an id twice": (GOOD + GOOD, "mine.promo", "taken by user/mine"),
    "sites that are no list": ('sites = "x"\n' + GOOD, "", "sites must be a list"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_names_file_rule_and_fault(tmp_path: Path, case: str) -> None:
    text, rule, fault = BROKEN[case]
    with pytest.raises(BadRules) as refused:
        load(tmp_path, text)
    message = str(refused.value)
    assert "mine" in message.partition(":")[0]
    assert fault in message
    if rule:
        assert f"rule {rule!r}" in message


def test_bytes_that_are_no_utf8_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadRules, match=r"mine\.toml: cannot be read"):
        rules.load(tmp_path, kinds.NEEDS_WORDS, selectors.parse)


def test_a_folder_that_is_missing_is_no_fault(tmp_path: Path) -> None:
    assert rules.load(tmp_path / "none", kinds.NEEDS_WORDS, selectors.parse) == rules.load(
        None, kinds.NEEDS_WORDS, selectors.parse
    )


def test_the_label_of_a_rule_is_its_name_unless_it_says_another(tmp_path: Path) -> None:
    (rule,) = load(tmp_path, changed("mine.promo", "mine.read-also"))[-1].rules
    assert rule.label == "read_also"
    (rule,) = load(tmp_path, GOOD + 'label = "app_promo"')[-1].rules
    assert rule.label == "app_promo"


def test_what_a_user_writes_is_nfc(tmp_path: Path) -> None:
    (rule,) = load(tmp_path, changed("Join the club", "\u09dc"))[-1].rules
    assert rule.phrases == ("\u09a1\u09bc",)


def acts(packs: tuple[rules.Pack, ...], site: str, language: str) -> bool:
    chosen = rules.select(packs, site, language, ())
    return any(rule.id == "mine.promo" for rule in chosen)


@pytest.mark.parametrize(
    ("scope", "site", "language", "wanted"),
    [
        ("", "a.example", "hi", True),
        ('sites = ["a.example"]\n', "a.example", "hi", True),
        ('sites = ["a.example"]\n', "b.example", "hi", False),
        ('languages = ["hi"]\n', "b.example", "hi-IN", True),
        ('languages = ["hi"]\n', "b.example", "bn", False),
        ('sites = ["a.example"]\nlanguages = ["bn"]\n', "a.example", "hi", False),
    ],
)
def test_a_users_file_acts_where_it_says(
    tmp_path: Path, scope: str, site: str, language: str, wanted: bool
) -> None:
    assert acts(load(tmp_path, scope + GOOD), site, language) is wanted


def test_a_pipe_among_the_rule_files_is_named_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(BadRules, match=r"pipe\.toml.*is no file"):
        load(tmp_path)
