"""Makes `archiver/extract/languages.npz`: texts of each language in, points of letter runs out.

    python -m benchmarks.language_table MEDIAWIKI LIBREOFFICE ../shared/language/dev.jsonl

MEDIAWIKI is the unpacked Debian package `mediawiki` (1.39), LIBREOFFICE the folder `source` of
the unpacked source archive `libreoffice_7.4.7.orig-translations`: messages of programs in a
hundred languages, of which only counts reach the table. Of `dev.jsonl` the part that teaches is
used (see `benchmarks/language.py`). Needs scikit-learn and wordfreq, which nothing else here does.
"""

from __future__ import annotations

import ast
import json
import random
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from archiver.extract import language, ngrams
from archiver.text import scripts
from benchmarks.language import CODES, Text, parts, read

WORDS = Path(__file__).with_name("language_words.toml")
SEED = 0
MOST = 2500  # texts of one source; of one among the others, less
MOST_OTHER = {"Latn": 600}
REPEATED = 6  # times that a labelled text counts: they are few, and prose
WORDS_SHORT = 8
MADE = 500  # texts of a language that are drawn from its function words
INVERSE_PENALTY = 30.0  # scikit-learn's C; 10 to 100 give the same figures

_OTHERS = (
    "id tr fr ms sw so ha uz az vi tl es de pt it nl pl hu ro ku-latn sq jv su mg ig yo cy fi et "
    "lt lv sv nb eu ca sl hr bs sr-el cs sk da is pap ga mt eo la af zu xh sn rw gl br oc lb fy "
    "ceb ilo min bjn ast sco scn ht"
)
# Language: MediaWiki's codes, LibreOffice's, wordfreq's. Those under "other" are told as such.
_SOURCES: dict[str, dict[str, tuple[str, str, str]]] = {
    "Deva": {
        "hi": ("hi", "hi", "hi"), "mr": ("mr", "mr", ""), "ne": ("ne", "ne", ""),
        "sa": ("sa", "sa-IN", ""), "bho": ("bho", "", ""), "mai": ("mai", "mai", ""),
        "mag": ("mag", "", ""), "kok": ("gom-deva", "kok", ""), "doi": ("", "dgo", ""),
        "brx": ("", "brx", ""), "awa": ("awa", "", ""), "anp": ("anp", "", ""),
        "other": ("dty new", "sat", ""),
    },
    "Beng": {
        "bn": ("bn", "bn", "bn"), "as": ("as", "as", ""), "mni": ("", "mni", ""),
        "other": ("bpy", "", ""),
    },
    "Arab": {
        "ur": ("ur", "ur", "ur"), "pa-Arab": ("pnb", "", ""), "sd": ("sd", "sd", ""),
        "ks": ("ks ks-arab", "ks", ""), "ps": ("ps", "", ""), "fa": ("fa", "fa", "fa"),
        "ar": ("ar", "ar", "ar"), "ckb": ("ckb", "ckb", ""), "skr": ("skr-arab", "", ""),
        "ug": ("ug-arab", "ug", ""), "other": ("azb bgn mzn khw sdh lki bcc", "", ""),
    },
    "Latn": {
        "en": ("en", "", "en"), "hi-Latn": ("hif-latn", "", "hi"), "ur-Latn": ("", "", ""),
        "bn-Latn": ("", "", "bn"), "ta-Latn": ("", "", "ta"), "kok-Latn": ("gom-latn", "", ""),
        "other": (_OTHERS, "", "id tr fr ms fil es de pt it nl pl ro sv nb fi ca"),
    },
}  # fmt: skip
_SAID = re.compile(r'^msgstr ((?:".*"\n?)+)', re.MULTILINE)  # of a catalogue of gettext
_CODE = re.compile(
    r"<[^>]*>|\$\w+|%\w+|\{\{(?:PLURAL|GENDER|GRAMMAR):[^|}]*\||\{\{[^}|]*\}\}|\[\[[^\]|]*\|"
    r"|[\[\]{}|~'\"]+|\\n|https?://\S+"
)
# The blocks of the Indic scripts have one layout, so one list of sounds by the place in the
# block serves all of them. Consonants stand from 0x15 on.
_CONSONANTS = dict(
    zip(
        (*range(0x15, 0x3A), *range(0x58, 0x60)),
        "k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l zh v sh sh s h "
        "q kh g z r rh f y".split(),
        strict=True,
    )
)
_FINALS = {1: "n", 2: "n", 3: "h"}
_VOWELS = dict(
    zip(
        (5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20),
        "a a i i u u ri e e e ai o o o au".split(),
        strict=True,
    )
)
_SIGNS = dict(
    zip(
        (0x3E, 0x3F, 0x40, 0x41, 0x42, 0x43, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C),
        "a i i u u ri e e e ai o o o au".split(),
        strict=True,
    )
)
_VOICED = {"k": "g", "ch": "j", "t": "d", "p": "b", "th": "dh"}  # Tamil, between vowels
_VIRAMA = 0x4D


def _sounds(word: str) -> list[list[str | None]]:
    """Each letter's consonant (or "") and its vowel; None for the inherent one."""
    found: list[list[str | None]] = []
    for letter in word:
        place = ord(letter) & 0x7F
        if place in _CONSONANTS:
            found.append([_CONSONANTS[place], None])
        elif place in _VOWELS:
            found.append(["", _VOWELS[place]])
        elif found and (place in _SIGNS or place == _VIRAMA):
            found[-1][1] = _SIGNS.get(place, "")
        elif place in _FINALS:
            found.append([_FINALS[place], ""])
    return found


def romanised(word: str) -> str:
    """A word of Hindi, Bengali or Tamil about as people type it in Latin letters.

    >>> romanised("सरकार"), romanised("আমার"), romanised("நீங்கள்")
    ('sarkar', 'amar', 'ningal')
    """
    script = scripts.main(word)
    inherent = "o" if script == "Beng" else "a"
    sounds, written = _sounds(word), ""
    for at, (consonant, vowel) in enumerate(sounds):
        before = sounds[at - 1] if at else None
        sound = consonant or ""
        if script == "Taml" and before and vowel != "" and sound in _VOICED:
            if before[1] != "":
                sound = "s" if sound == "ch" else _VOICED[sound]
            elif before[0] == "n":
                sound = _VOICED[sound]
        if vowel is None:
            last = at == len(sounds) - 1
            # The inherent vowel is silent at a word's end and before a consonant with a vowel.
            weak = not last and before and before[1] != "" and bool(sounds[at + 1][0])
            full = not last and sounds[at + 1][1] not in {None, ""}
            silent = script != "Taml" and at and (last or (weak and full))
            written += sound if silent else sound + inherent
        else:
            written += sound + vowel
    return written


def _mediawiki(root: Path, codes: str) -> list[list[str]]:
    found = []
    for code in codes.split():
        texts: set[str] = set()
        for file in sorted(root.rglob(f"i18n/**/{code}.json")):
            if "visualeditor" in str(file).lower() or "/ve" in str(file).lower():
                continue  # a source of the labelled texts
            english = file.with_name("en.json")
            same = json.loads(english.read_bytes()) if code != "en" and english.exists() else {}
            for key, said in json.loads(file.read_bytes()).items():
                if isinstance(said, str) and same.get(key) != said:
                    texts.add(_CODE.sub(" ", said))
        found.append(sorted(texts))
    return found


def _libreoffice(root: Path, codes: str) -> list[list[str]]:
    found = []
    for code in codes.split():
        texts: set[str] = set()
        for file in (root / code).rglob("*.po"):
            for entry in re.findall(
                r'^msgstr ((?:".*"\n?)+)', file.read_text("utf-8"), re.MULTILINE
            ):
                texts.add(_CODE.sub(" ", "".join(map(ast.literal_eval, entry.splitlines()))))
        found.append(sorted(texts))
    return found


def _drawn(
    chance: random.Random, codes: str, write: Callable[[str], str], *, rare: bool
) -> list[list[str]]:
    """Texts of eight words, drawn as often as wordfreq says that they are used.

    Of what stands against romanised text as many more, drawn by the root of that: lists of names
    and of rare words in Latin letters fill pages. (In other scripts it made Bhojpuri Hindi.)
    """
    wordfreq = import_module("wordfreq") if codes else None
    found = []
    for code in codes.split():
        known: list[str] = wordfreq.top_n_list(code, 30000)  # type: ignore[union-attr]
        often = [wordfreq.word_frequency(word, code) for word in known]  # type: ignore[union-attr]
        spelt = list(map(write, known))
        found += [
            [" ".join(chance.choices(spelt, weights, k=8)) for _ in range(MOST)]
            for weights in (often, [share**0.5 for share in often])[: 1 + rare]
        ]
    return found


def _fits(text: str, script: str) -> bool:
    found = scripts.counts(ngrams.plain(text))
    return found[script] > 1 and found[script] >= 0.6 * found.total()


def _pieces(chance: random.Random, text: str) -> str:
    """The text, or as often a few words of it: headlines and captions are short."""
    words = text.split()
    if len(words) > WORDS_SHORT and chance.choice((True, False)):
        at = chance.randrange(len(words) - 3)
        return " ".join(words[at : at + chance.randint(2, 6)])
    return text[:400]


def texts(
    script: str, mediawiki: Path, libreoffice: Path, labelled: Sequence[Text]
) -> Iterator[tuple[str, str]]:
    """Language and text, all that the table of `script` is taught with."""
    chance = random.Random(SEED)  # noqa: S311 - the same draw every time
    words = tomllib.loads(WORDS.read_text("utf-8"))
    for code, (wiki, office, frequent) in _SOURCES[script].items():
        write = romanised if code.endswith("-Latn") else str
        most = MOST_OTHER.get(script, MOST // 2) if code == "other" else MOST
        held = [*_mediawiki(mediawiki, wiki), *_libreoffice(libreoffice, office)]
        for source in [
            *held,
            *_drawn(chance, frequent, write, rare=script == "Latn" and write is str),
        ]:
            fitting = [text for text in source if _fits(text, script)]
            for text in chance.sample(fitting, min(most, len(fitting))):
                yield code, _pieces(chance, text)
        for one in labelled:
            if CODES.get(one.language, one.language) == code and _fits(one.text, script):
                for _ in range(REPEATED):
                    yield code, _pieces(chance, one.text)
        common = words.get(code, "").split()
        for _ in range(MADE if common else 0):
            yield code, " ".join(chance.choices(common, k=chance.randint(2, 10)))


def taught(script: str, known: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The table of one script, as `language.py` reads it: logistic regression, in bytes."""
    sparse = import_module("scipy.sparse")
    regression = import_module("sklearn.linear_model").LogisticRegression
    columns, values, starts = [], [], [0]
    for _, text in known:
        found = ngrams.buckets(ngrams.words(ngrams.plain(text), script))[0]
        bucket, count = np.unique(found, return_counts=True)
        columns.append(bucket)
        values.append(count / max(1, len(found)) ** 0.5)
        starts.append(starts[-1] + len(bucket))
    rows = sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), starts),
        shape=(len(known), 1 << ngrams.BITS),
    )
    model = regression(C=INVERSE_PENALTY, max_iter=60, class_weight="balanced", tol=1e-3)
    model.fit(rows, [code for code, _ in known])
    weights = model.coef_.T
    unit = float(np.quantile(np.abs(weights), 0.9995)) / 127  # the few beyond are cut
    return {
        f"{script}.languages": np.array(list(model.classes_)),
        f"{script}.points": np.clip(np.round(weights / unit), -127, 127).astype(np.int8),
        f"{script}.unit": np.float64(unit),
        f"{script}.base": model.intercept_,
    }


def main(mediawiki: str, libreoffice: str, labelled: str) -> None:
    """Teach a table for each script and write the file."""
    teaching = parts(read(Path(labelled)))[0]
    made: dict[str, Any] = {"scripts": np.array(sorted(_SOURCES))}
    for script in sorted(_SOURCES):
        known = list(texts(script, Path(mediawiki), Path(libreoffice), teaching))
        made |= taught(script, known)
        print(script, len(known), *made[f"{script}.languages"])
    np.savez_compressed(language.FILE, **made)


if __name__ == "__main__":
    main(*sys.argv[1:])
