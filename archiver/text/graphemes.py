"""Letters as readers see them, which cut nowhere inside a syllable sign. Pure.

They are the extended grapheme clusters of UAX #29, conjuncts kept whole (rule GB9c), and `regex`'s:
it is here already, among what the dates need, and follows each version of Unicode. The standard
library knows no cluster properties, and a table of our own would be a copy to keep in step.
"""

from __future__ import annotations

import regex

_CLUSTER = regex.compile(r"\X")


def graphemes(text: str) -> list[str]:
    """The letters of `text` in order; joined they are the text.

    >>> graphemes("क्षत्रिय"), graphemes("র\u200d্যাব")
    (['क्ष', 'त्रि', 'य'], ['র\u200d্যা', 'ব'])
    """
    return [str(cluster) for cluster in _CLUSTER.findall(text)]
