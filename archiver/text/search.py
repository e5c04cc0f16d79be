"""The search form: what the spellings of one word share, so that any of them finds all.

A text in; its words, folded, out, with where each stands. Both databases index these words and
nothing else, and a query is folded the same way, so neither's own tokenizer decides anything.

A fold is here only where Unicode or an orthography says that two spellings are one word; the
source stands beside it. Vowel signs are never dropped: किताब does not find कुतुब. Where that
is arguable the choice is for finding: nukta (राज, राज़) and the eyelash ra of Marathi (दर्या,
दऱ्या) part a few words, but more pages lose them in typing or on the way than mean the other word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from archiver.text.normal import Table, nfc
from archiver.text.prose import ascii_digits
from archiver.text.words import word_spans

# Turn the number when a word's form changes: indexes made under another name are made again. The
# Unicode version counts too, since it says what a letter is.
FORM = f"search-2 unicode-{unicodedata.unidata_version}"

# Longer ones are no words but data; PostgreSQL refuses lexemes of 2,048 bytes and more.
MAX_WORD = 200  # code points

# Letters of earlier code pages that only say how a letter is drawn: Arabic presentation forms, wide
# and narrow Latin and kana (UAX #15, compatibility mappings of these kinds).
_DRAWN = ("<initial>", "<medial>", "<final>", "<isolated>", "<wide>", "<narrow>", "<font>")


def _drawn(character: str) -> str:
    if unicodedata.decomposition(character).startswith(_DRAWN):
        return unicodedata.normalize("NFKC", character)
    return character


_AS_MEANT = Table(_drawn)

# Left out: format characters (joiners among them, whose sequences that mean a letter are read
# first), variation selectors, enclosing marks, and
# - nuktas, which Hindi, Urdu and Punjabi words in Indic scripts have or lack at will: फ़िल्म, फिल्म
#   (Central Hindi Directorate, Devanagari standard, on letters for foreign sounds). So both
#   encodings of the eyelash ra are one: ऱ्य, र्‍य (Unicode core spec, 12.1, R5);
# - Arabic tatweel, harakat, Quranic and honorific signs (as Lucene's ArabicNormalizer; the hamza
#   and the vowels of Kashmiri and Pashto, U+0653 to U+065F but U+0656, stay).
_NUKTA = 7  # Unicode's combining class of nuktas, of every script
_HARAKAT = re.compile(
    "[\u0640\u0610-\u061a\u064b-\u0652\u0656\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)


def _kept(character: str) -> str | None:
    unseen = unicodedata.category(character) in {"Cf", "Me"}
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    if unseen or selector or character == "\u034f" or _HARAKAT.match(character):
        return None
    if character in _LETTERS:
        return _LETTERS[character]
    parts = unicodedata.normalize("NFD", character)
    bare = [part for part in parts if unicodedata.combining(part) != _NUKTA]
    return character if len(bare) == len(parts) else "".join(bare)


_LETTERS = {
    # Khanda ta is ta without a vowel; before Unicode 4.1 it was written as ta, virama, ZWJ
    # (Unicode core spec, 12.2).
    "ৎ": "ত্",
    # Tippi and bindi are one nasal; the vowel sign that it stands with decides which is written.
    # Yakash is the subjoined ya (Unicode core spec, 12.3).
    "ੰ": "ਂ",
    "ੵ": "੍ਯ",
    # Au in traditional and in reformed orthography; dot reph, of the traditional one, is chillu rr
    # (Unicode core spec, 12.9).
    "ൌ": "ൗ",
    "ൎ": "ർ",
    # Arabic, Persian, Urdu and Kurdish keyboards write yeh, kaf, heh and teh marbuta each their own
    # way; hamza on or under alef is left out at will (Lucene's Arabic and PersianNormalizer).
    "ي": "ی",
    "ى": "ی",
    "ك": "ک",
    "ه": "ہ",
    "ە": "ہ",
    "ۀ": "ہ",
    "ۂ": "ہ",
    "ة": "ہ",
    "ۃ": "ہ",
    "أ": "ا",
    "إ": "ا",
    "ٱ": "ا",
    "ۓ": "یے",  # yeh barree with hamza: گئے, typed in one (CRULP's normalization of Urdu)
}
_KEPT = Table(_kept)

# Sequences read before anything is left out: Malayalam chillus as they were written before Unicode
# 5.1, consonant, virama, ZWJ (core spec, 12.9). A chillu without either is another word: അവൻ is he,
# അവന് to him.
_CHILLUS = {"ണ": "ൺ", "ന": "ൻ", "ര": "ർ", "റ": "ർ", "ല": "ൽ", "ള": "ൾ", "ക": "ൿ"}
_OLD_CHILLU = re.compile(f"([{''.join(_CHILLUS)}])്\u200d")

# Read after that. Independent vowels spelled as another with a sign, which look alike (core spec,
# 12.1 to 12.9 and 13.2, "do not use"; the lists that shapers refuse them by).
_VOWELS = """
    अऺ=ॳ अऻ=ॴ अा=आ अॅ=ॲ अॆ=ऄ अॉ=ऑ अॊ=ऒ अो=ओ अौ=औ अॏ=ॵ अॖ=ॶ अॗ=ॷ आऺ=ॴ आॅ=ऑ आॆ=ऒ आे=ओ आै=औ
    उु=ऊ एॅ=ऍ एॆ=ऎ एे=ऐ र्इ=ई অা=আ ঋৃ=ৠ ঌৢ=ৡ ਅਾ=ਆ ਅੈ=ਐ ਅੌ=ਔ ੲਿ=ਇ ੲੀ=ਈ ੲੇ=ਏ ੳੁ=ਉ ੳੂ=ਊ ੳੋ=ਓ
    અા=આ અૅ=ઍ અે=એ અૈ=ઐ અૉ=ઑ અો=ઓ અૌ=ઔ ૅા=ૉ ଅା=ଆ ଏୗ=ଐ ଓୗ=ଔ அூ=ஆ ఒౌ=ఔ ఒౕ=ఓ ిౕ=ీ ెౕ=ే ొౕ=ో
    ಉಾ=ಊ ಋಾ=ೠ ಒೌ=ಔ ഇൗ=ഈ ഉൗ=ഊ എെ=ഐ ഒാ=ഓ ഒൗ=ഔ අා=ආ අැ=ඇ අෑ=ඈ උෟ=ඌ ඍෘ=ඎ ඏෟ=ඐ එ්=ඒ එෙ=ඓ ඔෟ=ඖ
    """
_SEQUENCES = {
    **dict(pair.split("=") for pair in _VOWELS.split()),
    "ൻ്റ": "ന്റ",  # four spellings of one cluster (core spec, 12.9)
    "ൻറ": "ന്റ",
    "ஶ்ரீ": "ஸ்ரீ",  # before and since Unicode 4.1 (core spec, 12.6)
    "یٔ": "ئ",  # NFC joins a hamza to Arabic yeh, U+064A, only
    "ئے": "یے",  # لئے, لیے (National Language Promotion Department, Pakistan: لیے)
}
_SEQUENCE = re.compile("|".join(sorted(_SEQUENCES, key=len, reverse=True)))

# A nasal before a stop of its own class is written as a conjunct or as anusvara: हिन्दी, हिंदी
# (Central Hindi Directorate, on the fifth letters of the classes); সঙ্গীত, সংগীত (Bangla Academy,
# standard spelling, on ঙ and ং).
_NASAL = re.compile("(?:ङ्(?=[कखगघ])|ञ्(?=[चछजझ])|ण्(?=[टठडढ])|न्(?=[तथदध])|म्(?=[पफबभ]))|(ঙ্)(?=[কখগঘ])")
# Two-eyed heh aspirates the consonant before it, which parts words (کہا said, کھا eat); elsewhere
# it is only another way to type heh. The consonants are those of the Urdu alphabet's aspirates.
_PLAIN_HEH = re.compile("(?<![بپتٹجچدڈرڑکگلمن])ھ")


@lru_cache(maxsize=1 << 16)  # of a language's words, those that most of a text is made of
def fold(word: str) -> tuple[str, ...]:
    """The search form of one word; nothing of one that is all marks, two words of a few ligatures.

    >>> fold("फ़िल्म") == fold("फिल्म"), fold("किताब") == fold("कुतुब")
    (True, False)
    >>> fold("എന്\u200dറെ") == fold("എൻറെ") == fold("എന്റെ"), fold("അവൻ") == fold("അവന്")
    (True, False)
    >>> fold("كتاب"), fold("ＮＡＳＡ"), fold("२०२५")
    (('کتاب',), ('nasa',), ('2025',))
    """
    if word.isascii():
        return (word.lower()[:MAX_WORD],)
    # Twice: what one fold makes may be what another reads. A test looks for what changes thrice.
    folded = _folded(_folded(word))
    forms = (folded[start : min(end, start + MAX_WORD)] for start, end in word_spans(folded))
    return tuple(form for form in forms if _has_letter(form))


def _folded(word: str) -> str:
    word = nfc(nfc(word).translate(_AS_MEANT).casefold())
    word = ascii_digits(word).replace("i\u0307", "i")  # İ, folded (Unicode CaseFolding.txt, T)
    word = _OLD_CHILLU.sub(lambda hit: _CHILLUS[hit[1]], word)
    word = nfc(word.translate(_KEPT))
    word = _SEQUENCE.sub(lambda hit: _SEQUENCES[hit[0]], word)
    word = _NASAL.sub(lambda hit: "ং" if hit[1] else "ं", word)
    return nfc(_PLAIN_HEH.sub("ہ", word))


def _has_letter(form: str) -> bool:
    return any(unicodedata.category(character)[0] != "M" for character in form)


def forms(text: str) -> list[str]:
    """The words of `text` in their search form, in order.

    >>> forms("सड़क, “हिन्दी” 1,50,000")
    ['सडक', 'हिंदी', '1', '50', '000']
    """
    return [form for start, end in word_spans(text) for form in fold(text[start:end])]


def places(text: str) -> list[tuple[str, int, int]]:
    """As `forms`, each with the start and end of the word in `text` that it comes from.

    >>> places("ক\u200dখ গ")
    [('কখ', 0, 3), ('গ', 4, 5)]
    """
    return [(form, *span) for span in word_spans(text) for form in fold(text[slice(*span)])]
