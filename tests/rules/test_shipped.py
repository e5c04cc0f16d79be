"""Every rule that ships carries its evidence, and the evidence holds."""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Iterator

from archiver import rules
from archiver.clean import kinds, selectors
from archiver.model import Rule
from archiver.text import normal
from tests.each import each

PACKS = rules.load(None, kinds.NEEDS_WORDS, selectors.parse)
# Kinds that go by a page's structure; what they take is tested on pages.
STRUCTURAL = {
    *("title", "above_title", "standfirst", "date_line", "dateline", "repeated", "container"),
    *("byline", "teasers", "stray", "next_story"),
}


def named() -> Iterator[tuple[str, Rule]]:
    """Each rule with the name of its pack."""
    return ((pack.name, one) for pack in PACKS for one in pack.rules)


def language(pack: str) -> str:
    return pack.removeprefix("lang/") if pack.startswith("lang/") else "en"


@each("pack", PACKS)
def test_a_rule_has_its_reason_and_its_evidence_holds(pack: rules.Pack) -> None:
    """Each of `strips` fires and none of `keeps` does; a rule of words has both."""
    for rule in pack.rules:
        assert rule.why, rule.id
        assert rule.label, rule.id
        if rule.kind not in STRUCTURAL or rule.phrases or rule.pattern:
            assert rule.strips, f"{rule.id} is visibly unfinished: no strips"
            assert rule.keeps, f"{rule.id} is visibly unfinished: no keeps"
        for line in rule.strips:
            assert kinds.fires(rule, line, language(pack.name)), (rule.id, line)
        for line in rule.keeps:
            assert not kinds.fires(rule, line, language(pack.name)), (rule.id, line)


def test_every_phrase_fires_on_itself() -> None:
    """A phrase that its own rule does not know is dead."""
    for pack, rule in named():
        if rule.kind == "date_line":
            continue
        for phrase in rule.phrases:
            line = phrase.replace("{#}", "12").replace("{}", "Asha Khan")
            assert kinds.fires(rule, line, language(pack)), (rule.id, phrase)


def test_rule_ids_are_unique_and_name_their_pack() -> None:
    ids = [rule.id for _, rule in named()]
    assert len(ids) == len(set(ids))
    for pack, rule in named():
        name = pack.rpartition("/")[2]
        assert rule.id.partition(".")[0] in {name, *name.split("-")}


def test_packs_of_languages_hold_rules_only() -> None:
    """Their rules are read when they are asked for, so nothing else of them is known before."""
    for file in (rules.SHIPPED / "lang").glob("*.toml"):
        assert set(tomllib.loads(file.read_text("utf-8"))) <= {"about", "rule"}, file.name


def test_the_ids_of_a_language_are_known_without_its_rules() -> None:
    """They are searched for in the file as text, so that a user's rules need no others read."""
    unread = [pack.rules for pack in PACKS if isinstance(pack.rules, rules._Unread)]
    assert len(unread) == len(list((rules.SHIPPED / "lang").glob("*.toml")))
    for pack in unread:
        assert list(pack.ids) == [rule.id for rule in pack]


def test_a_language_is_read_when_it_is_asked_for() -> None:
    _, english, hindi = rules.acting(PACKS, "x.example", "hi", ())
    again = pickle.loads(pickle.dumps(hindi))  # noqa: S301 - as to another process
    assert (english.name, again.name) == ("lang/en", "lang/hi")
    assert [*again.rules] == [*hindi.rules] == list(hindi.rules[:])
    assert len(again.rules) == len(hindi.rules) > 1


def test_every_selector_reads() -> None:
    for _, rule in named():
        for selector in rule.selectors:
            selectors.parse(selector)


def test_the_languages_of_the_field_have_packs() -> None:
    assert {"base", "lang/en", "lang/hi", "lang/bn", "lang/ur", "lang/ta"} <= {p.name for p in PACKS}  # fmt: skip


def test_cms_packs_say_how_they_are_recognised_and_others_do_not() -> None:
    for pack in PACKS:
        assert bool(pack.recognise) == pack.name.startswith("cms/"), pack.name
    assert set(rules.recognisers(PACKS)) == {
        pack.name.removeprefix("cms/") for pack in PACKS if pack.name.startswith("cms/")
    }


def test_phrases_are_nfc() -> None:
    for _, rule in named():
        assert all(phrase == normal.nfc(phrase) for phrase in rule.phrases)


def ids(site: str, language: str, *systems: str) -> set[str]:
    return {rule.id.partition(".")[0] for rule in rules.select(PACKS, site, language, systems)}


def test_a_page_gets_base_its_language_english_and_its_systems() -> None:
    assert ids("x.example", "hi-IN") == {"base", "hi", "en"}
    assert ids("x.example", "en") == {"base", "en"}
    assert ids("x.example", "und") == {"base", "en"}
    assert ids("x.example", "bn", "jannah", "wordpress") == {"base", "bn", "en", "jannah", "wordpress"}  # fmt: skip
    assert ids("x.example", "xx", "no-such-system") == {"base", "en"}
