"""The name of a cleaner says what it does, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archiver import rules
from archiver.clean import identity
from archiver.model import Rule
from archiver.work.cleaning import Cleaner
from tests.clean.cleaned import rule, shipped

ONE = rule("line", "Also read", "Read also", id="a", strips=("Also read",), keeps=("Also",))
OTHER = rule("container", id="b", selectors=(".x", "#y"))


def named(*acting: Rule) -> str:
    return identity.cleaner_id(identity.recipe(acting, "extractor"))


def test_rewording_the_reason_or_the_evidence_keeps_the_name() -> None:
    reworded = replace(ONE, why="better said", strips=("x",), keeps=("y",))
    assert named(reworded, OTHER) == named(ONE, OTHER)


def test_whatever_acts_changes_the_name() -> None:
    changed = [
        replace(ONE, id="c"), replace(ONE, kind="prefix"), replace(ONE, label="x"),
        replace(ONE, phrases=("Also read",)), replace(ONE, needs_context=True),
        replace(ONE, phrases=(), pattern="also"), replace(ONE, selectors=(".z",)),
    ]  # fmt: skip
    assert len({named(one, OTHER) for one in [ONE, *changed]}) == 1 + len(changed)
    assert identity.cleaner_id(identity.recipe([ONE], "other extractor")) != named(ONE)


@given(st.permutations([ONE, OTHER, replace(ONE, id="c"), replace(OTHER, id="d")]))
def test_the_order_of_rules_does_not_matter(order: list[Rule]) -> None:
    assert named(*order) == named(*sorted(order, key=lambda one: one.id))


def test_the_order_of_phrases_and_selectors_does_not_matter() -> None:
    assert named(replace(ONE, phrases=ONE.phrases[::-1])) == named(ONE)
    assert named(replace(OTHER, selectors=OTHER.selectors[::-1])) == named(OTHER)


def test_a_tamil_rule_makes_no_hindi_page_stale() -> None:
    before = shipped()
    after = Cleaner(None)
    extra = replace(ONE, id="ta.new")
    after.packs = tuple(
        replace(pack, rules=(*pack.rules, extra)) if pack.name == "lang/ta" else pack
        for pack in before.packs
    )
    assert after.name("x.example", "hi", ()) == before.name("x.example", "hi", ())
    assert after.name("x.example", "ta", ()) != before.name("x.example", "ta", ())


def test_the_recipe_names_every_rule_that_acts() -> None:
    acting = rules.select(shipped().packs, "x.example", "bn", ("jannah",))
    recipe = shipped().recipe("x.example", "bn", ("jannah",))
    assert {one["id"] for one in recipe["rules"]} == {one.id for one in acting}
