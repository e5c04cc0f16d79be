"""The name of a cleaner: a digest of what it does. Rules in, sixteen hexadecimal digits out.

Only what changes output is hashed, of only the rules that act: rewording a `why` re-cleans
nothing, a Tamil rule re-cleans Tamil pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import orjson

from archiver.model import Rule

REVISION = 5  # turn when code in clean/, not rules, changes what is kept


def recipe(rules: Iterable[Rule], extractor: str) -> dict[str, Any]:
    """All that decides what this cleaner keeps, as plain JSON; the order of rules does not."""
    acts = [
        {
            "id": rule.id,
            "kind": rule.kind,
            "label": rule.label,
            "phrases": sorted(rule.phrases),
            "pattern": rule.pattern,
            "selectors": sorted(rule.selectors),
            "needs_context": rule.needs_context,
            # Only where it is said: cleaners of rules without an end keep their names.
            **({"since": rule.since} if rule.since else {}),
            **({"until": rule.until} if rule.until else {}),
        }
        for rule in rules
    ]
    acts.sort(key=lambda act: str(act["id"]))
    return {"revision": REVISION, "extractor": extractor, "rules": acts}


def cleaner_id(recipe: dict[str, Any]) -> str:
    """Same code, engines and rules, same name."""
    return sha256(orjson.dumps(recipe, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
