"""Signals of a text's quality, for choosing what to export: a kept text in, a few figures out.

Pure and cheap (`docs/language.md` has the time), so they are computed where they are asked for and
stored nowhere: always by today's definition, of old documents as of new. Nothing drops a text by
them. The figures are those that the Gopher filters of MassiveText ask for (Rae et al. 2021, table
A1), as datatrove has them, and some for scripts that those were not made for.

A line is a paragraph of the kept text; a word is what stands between blanks, its marks and stops
with it, as those filters count. Shares are between 0 and 1, of characters unless a name says of
what; where a text has no line or no word, they are 0.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from archiver.text.scripts import points

# Words that nearly every text of some sentences has, of each language the commonest: by the counts
# of wordfreq where it has the language, else by its grammars. Two of them in a text are enough to
# Gopher, which has eight English ones.
_STOP_WORDS = """
ar في من على إلى أن عن التي الذي هذا هذه كان قال مع ما لا
as আৰু এই এটা কৰা হৈছে পৰা বাবে লগত তেওঁ এজন যে
bho के में से बा आ पर ई ऊ ना के कि भइल रहल
bn এই এবং থেকে করে না ও হয় জন্য এক তিনি বলেন একটি করা সঙ্গে হয়েছে
ckb لە بە و بۆ ئەو کە ئەم هەر
de der die und in den von zu das mit ist
en the be to of and that have with
es de la que el en y a los se del
fa در به از که این را با است برای آن
fr de la le et les des en un une que
gu છે અને આ માટે પણ એક તો તે હતી હતો કે
hi के में की है से को का और पर ने कि भी यह नहीं
it di e che la il un a per in non
kn ಈ ಮತ್ತು ಒಂದು ಎಂದು ಆ ಅವರು ಮೇಲೆ ಕೂಡ ಇದು ಅವರ
kok आनी हें तें ते आसा ना हो ती आसात म्हण
ks تہٕ چھُ چھِ منٛز زِ یہِ اکھ پؠٹھ
mai अछि के आ में सँ पर जे ई छल नहि
ml ഒരു ഈ എന്ന് എന്ന ആ കൂടി അദ്ദേഹം ഇത് നിന്ന് വേണ്ടി
mr आहे आणि या हे तर की ते ही एक होते असे
ne छ र मा पनि यो हो गरेको भएको लागि तर छन्
or ଏହି ଓ ଏବଂ ପାଇଁ ଏକ ସେ ହୋଇଛି ଏହା ପରେ କରି
pa ਦੇ ਦੀ ਵਿੱਚ ਹੈ ਨੂੰ ਤੇ ਨੇ ਦਾ ਤੋਂ ਅਤੇ ਕਿ
pa-Arab دے دی وچ اے نوں تے نے دا توں
ps په د او چې کې ته دی سره له
pt de a o que e do da em um para
ru в и на не что с по как из за
sa च एव इति न अपि तत् सः अस्ति तु
sd جي ۾ ۽ جو کي آهي تي کان سان
si හා සහ මේ ඒ ද මෙම බව ඇති වන කළ සඳහා
ta ஒரு என்று இந்த அந்த மற்றும் என உள்ள அவர் இது தான்
te ఈ ఆ ఒక అని మరియు కూడా తన తో అయితే నుంచి
tr ve bir bu da için ile de olarak çok
ur کے میں کی ہے سے کو کا اور پر نے کہ بھی یہ
""".strip()
_BULLETS = ("•", "‣", "▶", "◀", "●", "■", "□", "▪", "▫", "–", "-", "*")
_ELLIPSES = ("...", "…")
# Runs of words are told apart by numbers, four to an integer; of a longer text the first words.
_BITS = 15
_MOST_WORDS = 1 << _BITS
_TIED = 3  # of runs that are there equally often, so many are looked at for the longest
_LETTERS, _DIGITS, _STOPS, _BLANKS = 1, 2, 3, 4  # of `_kinds`


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What may be asked of a text; `docs/language.md` says what each figure is."""

    characters: int
    words: int
    lines: int
    main_language: float | None  # None where the shares are not known
    mean_word_length: float
    mean_line_length: float
    digits: float
    punctuation: float  # punctuation and symbols
    stop_words: int | None  # None for a language without a list
    words_with_letters: float  # of words
    symbols: float  # "#" and ellipses, for each word
    bullet_lines: float  # of lines
    ellipsis_lines: float  # of lines
    duplicate_lines: float  # of lines
    duplicate_line_characters: float
    top_2gram: float
    top_3gram: float
    top_4gram: float


@cache
def _kinds() -> NDArray[np.uint8]:
    """What each code point is: a letter or a mark, a digit, punctuation or a symbol, a blank."""
    of = {"L": _LETTERS, "M": _LETTERS, "N": _DIGITS, "P": _STOPS, "S": _STOPS}
    each = (of.get(unicodedata.category(chr(code))[0], 0) for code in range(0x110000))
    table = np.fromiter(each, np.uint8, 0x110000)
    table[[code for code in range(0x3001) if chr(code).isspace()]] = _BLANKS
    return table


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    told = (unicodedata.normalize("NFC", line).split() for line in _STOP_WORDS.splitlines())
    return {language: frozenset(words) for language, *words in told}


def _top(ids: NDArray[np.int64], lengths: NDArray[np.int64], size: int) -> float:
    """The share of words' characters in the run of `size` words that is there most often."""
    count = len(ids) - size + 1
    if count < 2:  # noqa: PLR2004 - one run repeats nothing
        return 0.0
    runs = ids[:count]
    for step in range(1, size):
        runs = (runs << _BITS) | ids[step : step + count]
    ranked = np.sort(runs)
    edges = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1], [True])))
    often = int((counts := np.diff(edges)).max())
    if often < 2:  # noqa: PLR2004
        return 0.0
    most = ranked[edges[:-1][counts == often][:_TIED]]
    begins = [int(np.argmax(runs == run)) for run in most.tolist()]
    longest = max(int(lengths[at : at + size].sum()) for at in begins)
    return _share(longest * often, int(lengths.sum()))


def _measured(kinds: NDArray[np.uint8]) -> tuple[NDArray[np.int64], int]:
    """The lengths of a text's words, by the kinds of its characters, and how many have a letter."""
    inside = np.concatenate(([0], kinds != _BLANKS, [0])).astype(np.int8)
    edges = np.flatnonzero(np.diff(inside))
    begins, ends = edges[::2], edges[1::2]
    letters = np.concatenate(([0], np.cumsum(kinds == _LETTERS)))
    return ends - begins, int(np.count_nonzero(letters[ends] > letters[begins]))


def _share(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def signals(text: str, language: str, languages: Sequence[tuple[str, str, float]] = ()) -> Signals:
    r"""Signals of a kept text in `language` (BCP 47), whose paragraphs are of `languages`.

    `languages` are language, script and share of letters, as a document has them.

    >>> found = signals("Rain fell on the town and the river rose.\n\nRead more...", "en")
    >>> found.words, found.lines, found.stop_words, found.ellipsis_lines
    (11, 2, 2, 0.5)
    """
    lines, words = text.split("\n\n") if text else [], text.split()
    numbered = dict(zip(dict.fromkeys(words), range(len(words)), strict=False))
    ids = np.array(list(map(numbered.__getitem__, words[:_MOST_WORDS])), np.int64)
    kinds = _kinds()[points(text)]
    lengths, lettered = _measured(kinds)
    of_kind = np.bincount(kinds, minlength=5).tolist()
    repeated = [(line, count - 1) for line, count in Counter(lines).items() if count > 1]
    stops = _stop_words().get(language)
    shares = Counter({told: share for told, _, share in languages})
    return Signals(
        characters=len(text),
        words=len(words),
        lines=len(lines),
        main_language=shares[language] if languages else None,
        mean_word_length=_share(int(lengths.sum()), len(words)),
        mean_line_length=_share(sum(map(len, lines)), len(lines)),
        digits=_share(of_kind[_DIGITS], len(text)),
        punctuation=_share(of_kind[_STOPS], len(text)),
        stop_words=None if stops is None else len(stops.intersection(numbered)),
        words_with_letters=_share(lettered, len(words)),
        symbols=_share(text.count("#") + sum(map(text.count, _ELLIPSES)), len(words)),
        bullet_lines=_share(sum(line.startswith(_BULLETS) for line in lines), len(lines)),
        ellipsis_lines=_share(sum(line.endswith(_ELLIPSES) for line in lines), len(lines)),
        duplicate_lines=_share(sum(more for _, more in repeated), len(lines)),
        duplicate_line_characters=_share(
            sum(len(line) * more for line, more in repeated), len(text)
        ),
        top_2gram=_top(ids, lengths[:_MOST_WORDS], 2),
        top_3gram=_top(ids, lengths[:_MOST_WORDS], 3),
        top_4gram=_top(ids, lengths[:_MOST_WORDS], 4),
    )
