"""What two texts share: signatures, the keys to find others by, the likeness itself. Pure.

Words in their search form come in (`search.forms`); a digest, a signature, keys, numbers go out.

A signature is MinHash (Broder 1997) over the pairs of neighbouring words: `PERMUTATIONS` numbers,
of which two texts share as large a part as they share pairs (Jaccard). Pairs, because single words
are shared by any two texts of a language (a tenth of them) and longer runs are lost where every
fifth word differs. A key is `ROWS` of the numbers; texts that share one of their `BANDS` keys are
compared. With a share s of pairs in common that happens with 1 - (1 - s^3)^96: .999 at s = .41 (a
fifth of the words exchanged), .96 at .32 (three tenths), .88 at .28 (and a paragraph less), .0001
at .01 (two stories of a language).

Whether they are nearly the same is then told by the words themselves, in their order: `likeness`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from rensa import RMinHash

from archiver.text import search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

BANDS = 96
ROWS = 3
PERMUTATIONS = BANDS * ROWS
BAND_BITS = 39  # of a key, below the number of its band
_SEED = 1

# Turn the number when a digest, a signature or a key changes: what another name made is made again.
FORM = f"minhash-2 rensa-{RMinHash.ALGORITHM_VERSION} {search.FORM}"

# Of fewer words half are soon a formula ("watch the video", "gold costs … today"): such texts are
# compared word for word only.
FEWEST = 20
# More are not looked at: a book's likeness takes as long as that of a thousand stories.
MOST = 10_000


def digest(words: Sequence[str]) -> str:
    """SHA-256 of the words, hexadecimal: the same for texts that differ in spelling or signs only.

    >>> digest(search.forms("फ़िल्म देखी।")) == digest(search.forms("फिल्म  देखी"))
    True
    """
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def signature(words: Sequence[str]) -> bytes | None:
    """The numbers, 16 bits each, low byte first; None of fewer words than `FEWEST`."""
    if len(words) < FEWEST:
        return None
    words = words[:MOST]
    made = RMinHash(PERMUTATIONS, _SEED)
    made.update([f"{one} {two}" for one, two in pairwise(words)])
    # The low bits: those above are nought in the least of many numbers.
    return (np.array(made.digest(), dtype=np.uint32) & 0xFFFF).astype("<u2").tobytes()


def numbers(signatures: Iterable[bytes]) -> NDArray[np.uint16]:
    """A row of numbers for each signature."""
    return np.frombuffer(b"".join(signatures), dtype="<u2").reshape(-1, PERMUTATIONS)


@lru_cache(maxsize=1 << 11)  # asked some times in a row
def keys(made: bytes) -> tuple[int, ...]:
    """The `BANDS` keys of a signature: 46 bits, so that SQLite stores each in six bytes.

    >>> keys(bytes(2 * PERMUTATIONS))[:3]
    (0, 549755813888, 1099511627776)
    """
    return tuple(all_keys([made])[0].tolist())


def all_keys(signatures: Iterable[bytes]) -> NDArray[np.int64]:
    """A row of `keys` for each signature."""
    rows = numbers(signatures).reshape(-1, BANDS, ROWS).astype(np.int64) & 0x1FFF
    band = np.arange(BANDS, dtype=np.int64) << BAND_BITS
    return np.asarray(band + (rows[..., 0] << 26) + (rows[..., 1] << 13) + rows[..., 2])


def shared(one: bytes, others: NDArray[np.uint16]) -> NDArray[np.float64]:
    """The share of pairs that one text is likely to have in common with each of the others."""
    return np.asarray((others == numbers([one])).mean(axis=1))


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of the words of both that stand in both in the same order, 0 to 1.

    Twice the length of the longest common subsequence by both lengths. Computed in bits, a word of
    `other` a step (Hyyrö 2004, "Bit-parallel LCS-length computation revisited").

    >>> likeness("a b c d".split(), "a x c d".split())
    0.75
    """
    one, other = one[:MOST], other[:MOST]
    if not one or not other:
        return 0.0
    places: dict[str, int] = {}
    for at, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << at
    every = left = (1 << len(one)) - 1
    for word in other:
        met = left & places.get(word, 0)
        left = (left + met | left - met) & every
    return 2 * (len(one) - left.bit_count()) / (len(one) + len(other))
