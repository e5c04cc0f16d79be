"""How often the language of a text is told right: macro-F1 by group, ours beside other detectors.

    python -m benchmarks.language ../shared/language/dev.jsonl

A line of the file is ``{"language", "length", "source", "text"}``. The part that our table was
taught with is left out: of a language with two sources the one with more texts taught, of one
with a single source half of its texts. Prints the figures for short texts, sentences and articles
and the processor time a text. lingua (`pip install lingua-language-detector`) is too large for an
extra; a detector that is not installed is named and left out.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pycld2  # type: ignore[import-untyped]

from archiver.extract import language

GROUPS = {
    "Devanagari, hi mr ne": "hi mr ne",
    "Devanagari": "hi mr ne sa bho mai mag",
    "Bengali": "bn as",
    "Arabic, ur fa ar ps sd": "ur fa ar ps sd",
    "Arabic": "ur pa-Arab sd ks ps fa ar skr ckb ug",
    "one language a script": "ta te kn ml gu pa or si",
    "romanised": "hi-Latn ur-Latn bn-Latn kok-Latn",
    "Latin": "hi-Latn ur-Latn bn-Latn kok-Latn en id tr fr",
}
LENGTHS = ("short", "sent", "long")
# How the labels of the file are written here. Code-mixed Hindi is Hindi, and mixed.
CODES = {
    "pnb": "pa-Arab",
    "hi-latn": "hi-Latn",
    "hi-en-mixed": "hi-Latn",
    "ur-latn": "ur-Latn",
    "bn-latn": "bn-Latn",
    "gom-latn": "kok-Latn",
}
FEW = 20  # texts of a language's other sources; fewer tell nothing, so it is parted by text

Detector = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Text:
    """One labelled text."""

    language: str
    length: str
    source: str
    text: str


def read(file: Path) -> list[Text]:
    """The labelled texts of a file."""
    lines = file.read_text("utf-8").splitlines()
    return [Text(**json.loads(line)) for line in lines if line]


def parts(texts: Iterable[Text]) -> tuple[list[Text], list[Text]]:
    """The texts that teach, and those that are reported; by source, else by text.

    Long texts are sentences of the same source joined, so where there is one source they are
    reported, and a sentence that is in one of them does not teach.
    """
    of_language: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        of_language[text.language].append(text)
    teaching: list[Text] = []
    reported: list[Text] = []
    for held in of_language.values():
        (most, count), *_ = Counter(text.source for text in held).most_common(1)
        if len(held) - count >= FEW:
            teaching += [text for text in held if text.source == most]
            reported += [text for text in held if text.source != most]
            continue
        joined = "\n".join(text.text for text in held if text.length == "long")
        for text in held:
            if text.length == "long" or sha256(text.text.encode()).digest()[0] % 2:
                reported.append(text)
            elif text.text not in joined:
                teaching.append(text)
    return teaching, reported


def macro_f1(pairs: Sequence[tuple[str, str]], languages: Iterable[str]) -> float:
    """The mean over `languages` that occur of F1, from pairs of the right and the told one.

    >>> macro_f1([("hi", "hi"), ("mr", "hi"), ("mr", "mr")], ["hi", "mr", "ne"])
    0.6666666666666666
    """
    right, told = Counter(right for right, _ in pairs), Counter(told for _, told in pairs)
    both = Counter(right for right, told in pairs if right == told)
    found = [2 * both[each] / (right[each] + told[each]) for each in languages if right[each]]
    return sum(found) / len(found) if found else 0.0


def _cld2(text: str) -> str:
    try:
        return str(pycld2.detect(text.encode(), isPlainText=True)[2][0][1])
    except pycld2.error:
        return "und"


def _py3langid() -> Detector:
    classify = import_module("py3langid").classify
    return lambda text: str(classify(text[: language.MAX_CHARACTERS])[0])


def _lingua() -> Detector:
    built = import_module("lingua").LanguageDetectorBuilder.from_all_languages().build()

    def told(text: str) -> str:
        found = built.detect_language_of(text[: language.MAX_CHARACTERS])
        return found.iso_code_639_1.name.lower() if found else "und"

    return told


def detectors() -> Iterator[tuple[str, Detector]]:
    """Ours and the others that are installed."""
    yield "ours", lambda text: language.identify(text).language
    yield "pycld2", _cld2
    for name, make in (("py3langid", _py3langid), ("lingua", _lingua)):
        try:
            yield name, make()
        except ImportError:
            print(f"{name} is not installed: left out")


def by_group(texts: Sequence[Text], told: Sequence[str]) -> dict[str, dict[str, float]]:
    """Macro-F1 of each group by length."""
    pairs = [
        (text.length, CODES.get(text.language, text.language), answer)
        for text, answer in zip(texts, told, strict=True)
    ]
    return {
        group: {
            length: macro_f1(
                [(right, answer) for of, right, answer in pairs if of == length and right in names],
                names,
            )
            for length in LENGTHS
        }
        for group, names in ((group, listed.split()) for group, listed in GROUPS.items())
    }


def main(file: str) -> None:
    """Print a table in Markdown, and the languages that ours takes for another most often."""
    texts = parts(read(Path(file)))[1]
    print("|" + " | ".join(["detector", *GROUPS, "ms a text"]) + " |")
    for name, told in detectors():
        told(texts[0].text)  # what is read at the first call is no time of a text
        begun = time.process_time()
        answers = [told(text.text) for text in texts]
        each = (time.process_time() - begun) / len(texts) * 1000
        figures = by_group(texts, answers).values()
        cells = ["/".join(f"{100 * of[length]:.0f}" for length in LENGTHS) for of in figures]
        print("| " + " | ".join([name, *cells, f"{each:.2f}"]) + " |", flush=True)
        if name == "ours":
            wrong = Counter(
                (CODES.get(text.language, text.language), answer)
                for text, answer in zip(texts, answers, strict=True)
            )
    taken = ((right, told, count) for (right, told), count in wrong.most_common() if right != told)
    print(*(f"{right} as {told}: {count}" for right, told, count in taken), sep=", ")


if __name__ == "__main__":
    main(*sys.argv[1:])
