"""Charsets: the names that pages give them, where a page says its own, and which one reads best.

In come bytes or labels, out go the names of Python's codecs. Labels and the search for a `meta`
are those of WHATWG's Encoding and HTML Standards, so a page is read as browsers read it. What
nothing declares is told by which letters each charset would show: every language has its own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from operator import mul

# encoding.spec.whatwg.org, "Names and labels"; by the names of the Python codecs that read them
# as browsers do: Latin-1 as windows-1252, GBK as GB 18030, … Python knows codecs more, that
# are no charset of a page: hex, rot13, idna, EBCDIC. UTF-16 is left out: bytes that can name it in
# ASCII are not in it, and browsers read them as UTF-8 (HTML, 13.2.3.2). A header can: `wide`.
_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 utf-16 "
    "utf-16le utf-16be unicode ucs-2 csunicode iso-10646-ucs-2 unicodefeff unicodefffe",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 "
    "iso_8859-2:1987 l2 latin2",
    "iso8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 "
    "iso_8859-3:1988 l3 latin3",
    "iso8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 "
    "iso_8859-4:1988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 "
    "iso_8859-5 iso_8859-5:1988",
    "iso8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 "
    "iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 "
    "iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 "
    "iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 "
    "iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 "
    "x-user-defined",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 "
    "iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk "
    "gb18030",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022_jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 "
    "ksc5601 ksc_5601 windows-949",
}
_UTF16 = {
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "utf-16-be": "unicodefffe utf-16be",
}
_WIDE_LABELS = {label: codec for codec, labels in _UTF16.items() for label in labels.split()}
CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}

# Browsers look at 1024 bytes before the first letter is shown, and at all that comes then.
_PRESCAN = 4096
_SPACE = rb"\t\n\f\r "
_TAG = re.compile(rb"<(?:(!--)|(/?)([A-Za-z][^\t\n\f\r />]*)|([!/?]))")
_ATTRIBUTE = re.compile(
    rb"[%s/]*([^%s/>][^%s/>=]*)(?:[%s]*=[%s]*(?:\"([^\"]*)\"|'([^']*)'|(?=[\"'])|([^%s>]*)))?"
    % ((_SPACE,) * 6)
)
_IN_CONTENT = re.compile(
    rb"charset[%s]*=[%s]*(?:\"([^\"]*)\"|'([^']*)'|([^\"'%s;][^%s;]*))" % ((_SPACE,) * 4),
    re.IGNORECASE,
)
_IN_HEADER = re.compile(r";\s*charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)
_IN_XML = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def codec(label: str | bytes | None) -> str | None:
    """Return Python's name for a declared charset, as browsers read that; None if none is meant.

    >>> codec(" ISO-8859-1 "), codec("utf-16"), codec("rot13")
    ('cp1252', 'utf-8', None)
    """
    text = label.decode("latin-1") if isinstance(label, bytes) else label or ""
    return CODECS.get(text.strip("\t\n\f\r ").lower())


def in_header(content_type: str) -> str | None:
    """Return the codec that a Content-Type header names."""
    hit = _IN_HEADER.search(f";{content_type}")
    return codec(hit[1]) if hit else None


def wide(content_type: str) -> str | None:
    """Return the codec of UTF-16 that a Content-Type header names, if it names one.

    >>> wide("text/html; charset=UTF-16"), wide("text/html; charset=utf-8")
    ('utf-16-le', None)
    """
    hit = _IN_HEADER.search(f";{content_type}")
    return _WIDE_LABELS.get(hit[1].lower()) if hit else None


def _in_meta(attributes: dict[bytes, bytes]) -> str | None:
    """Return the codec that a `meta` names; its charset goes before its content."""
    if b"charset" in attributes:
        return codec(attributes[b"charset"])
    pragma = attributes.get(b"http-equiv", b"").lower() == b"content-type"
    hit = _IN_CONTENT.search(attributes.get(b"content", b"")) if pragma else None
    return codec(next(filter(None, hit.groups()), None)) if hit else None


def _attributes(start: bytes, at: int) -> tuple[dict[bytes, bytes], int]:
    """Return the attributes of the tag whose name ends at `at`, and where they end; -1: nowhere."""
    found: dict[bytes, bytes] = {}
    while hit := _ATTRIBUTE.match(start, at):
        at = hit.end()
        if start[at - 1 : at] in b"=\t\n\f\r " and start[at : at + 1] in {b'"', b"'"}:
            return found, -1  # a quote that nothing closes
        if at == len(start):
            return found, -1  # cut: half a name may be another's name
        found.setdefault(hit[1].lower(), hit[2] or hit[3] or hit[4] or b"")
    return found, at


def in_page(body: bytes) -> str | None:
    """Return the codec that a page names, as HTML's "prescan a byte stream" finds it (13.2.3.2).

    >>> in_page(b'<!-- <meta charset=koi8-r> --><meta content="a; charset=gbk" '
    ...         b'http-equiv=Content-Type>')
    'gb18030'
    """
    start, at = body[:_PRESCAN], 0
    while hit := _TAG.search(start, at):
        at = hit.end()
        if hit[1]:
            at = start.find(b"-->", hit.start() + 2)
        elif hit[4]:
            at = start.find(b">", hit.start() + 1)
        else:
            attributes, at = _attributes(start, at)
            if hit[3].lower() == b"meta" and not hit[2] and (named := _in_meta(attributes)):
                return named
        if at < 0:
            break
    declared = _IN_XML.match(start)
    return codec(declared[1] or declared[2]) if declared else None


# Letters beyond ASCII of the languages that each charset was made for, the commonest first.
_LETTERS = {
    "de": "äüöß",
    "fr": "éèàêçùôîâûëïœ",
    "es": "óíáéñúü¿¡",
    "pt": "ãçáéíóêõúâàô",
    "it": "àèéìòù",
    "nordic": "äåöøæéðþáíúóý",
    "pl": "łąężśćóńź",
    "cs": "íáěéýčřžšůúťóďňľôŕĺä",
    "hu": "áéöóőüíúű",
    "ro": "ăîâşţșțé",
    "hr": "čžšćđ",
    "tr": "ıişğüçöâî",
    "lt": "ėųšįžčūąę",
    "lv": "āēīšņļūžķģčō",
    "et": "äõüöšž",
    "cy": "ŵŷâêîôûï",
    "vi": "đ\u0301\u0300\u0323\u0309\u0303ươôêâăáàéèíóòúùãõýì",
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk": "оаинвіертсклмудпязьбгчйхїжцюшєщфґ",
    "bg": "аоеинтрсвлпкдмзъубгчйяжхщцшюфь",
    "sr": "аоиенрстјуквдмплзбгчћшжцхљњђфџ",
    "el": "αοιετσνηυρπκμλςόίάέδήΆγχωθφβξζύώψϊΐϋ",
    "he": "יוהלאתרבמשנדכקםפעטחגסןזצךףץ\u05b8\u05b7\u05b4\u05b0\u05b6\u05bc\u05b5",
    "ar": "اليمنوترهبعدسفةكقحجىشصطخذزضثغظأءإؤئآ",
    "fa": "اینرهدموتسبشزکكيىلگخفقعجپحآچصطژغثضظئ\u200c",
    "ur": "اکيرےنسوہلمتدبپجھںگعقشٹچحئزفخصطآڑڈضغذظثءؤژ",
    "th": "านรอกเงมยลว่ดท้ตสิะปัคบีหาจพชขไแใผโถุู์ื็ึซณศญำษธฟภฐฎฮฝฉฏฆฑ",
}
# The languages that a charset of single bytes is tried for.
_WEST = "de fr es pt it nordic"
_SINGLE = {
    "cp1252": _WEST,
    "mac-roman": _WEST,
    "cp1250": "pl cs hu ro hr",
    "iso8859-2": "pl cs hu ro hr",
    "iso8859-16": "ro",
    "cp1254": "tr",
    "cp1257": "lt lv et",
    "iso8859-13": "lt lv",
    "iso8859-4": "lt lv",
    "iso8859-14": "cy",
    "cp1258": "vi",
    "cp1251": "ru uk bg sr",
    "koi8-r": "ru",
    "koi8-u": "uk",
    "cp866": "ru",
    "iso8859-5": "ru bg sr",
    "mac-cyrillic": "ru uk bg",
    "cp1253": "el",
    "iso8859-7": "el",
    "cp1255": "he",
    "iso8859-8": "he",
    "cp1256": "ar fa ur",
    "iso8859-6": "ar",
    "cp874": "th",
    "iso8859-15": _WEST,
}
# Characters common in the scripts that take two bytes a character.
_COMMON = {
    "zh-hans": (
        "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能"
        "下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加"
        "量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与"
        "关各重新线内数正心反你明看原又么利比或但质气"
    ),
    "zh-hant": (
        "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能"
        "下過子說產種面而方後多定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加"
        "量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣與"
        "關各重新線內數正心反你明看原又麼利比或但質氣"
    ),
    "ja": (
        "日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話"
        "女北午百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨市者社事内同自部"
        "会新地場政員業定経関的民主対"
    ),
    "ko": (
        "이다는의에을가하고지한로기사은리를도스자인어서대시정나과일해전으아그부상보제장수주들원구"
        "여성라있"
    ),
}
# Where the characters in use stand in each national standard: the first byte of its first level.
_FIRST_LEVEL = {
    "gb18030": (0xB0, 0xD7),
    "big5hkscs": (0xA4, 0xC6),
    "euc_jp": (0xB0, 0xCF),
    "cp932": (0x88, 0x98),
}
_SIGNS = "“”‘’„‚–—…«»‹›·•©®™°§№€£\xa0\xad"
_WIDE = {"gb18030": "zh-hans", "big5hkscs": "zh-hant", "cp949": "ko", "euc_jp": "ja", "cp932": "ja"}
_WIDE_SIGNS = "、。，．・：；？！ー「」『』（）【】《》〈〉〜～－…—“”‘’　０１２３４５６７８９"

# Logarithms of a probability: of a letter that the language has not, of a sign that no text of
# today has within words, of a byte that means nothing.
_STRANGE, _ODD, _UNREADABLE = -7.5, -9.5, -13.0
# West European text is by far the commonest that is not UTF-8, and vendors' charsets are commoner
# than the standards' that share their letters: what a few bytes must outweigh.
_PRIOR = {"cp1252": 4.0, "mac-roman": -12.0, "iso8859-15": -3.0, "iso8859-16": -6.0,
          "iso8859-14": -6.0, "iso8859-4": -6.0, "iso8859-13": -3.0, "koi8-u": -1.0,
          "mac-cyrillic": -3.0, "iso8859-7": -1.0, "iso8859-8": -4.0, "cp1258": -3.0}  # fmt: skip

_FEW = 20  # bytes beyond ASCII: so few say little, as names and signs of others are among them
_PIECE = re.compile(rb"[^<>]+")
_SAMPLE = 100_000  # bytes of text beside bytes beyond ASCII; some milliseconds


@cache
def _chances(language: str) -> dict[str, float]:
    """Return the logarithm of each letter's share of a language's letters beyond ASCII.

    The share falls with the rank (Zipf); one letter in ten is a capital, one sign in ten no letter.
    """
    letters = _LETTERS[language]
    whole = sum(1 / (rank + 2) for rank in range(len(letters)))
    chances = {sign: math.log(0.1 / len(_SIGNS)) for sign in _SIGNS}
    for rank, letter in enumerate(letters):
        share = math.log(0.8 / (rank + 2) / whole)
        chances[letter] = share
        if len(letter.upper()) == 1 and letter.upper() != letter:
            chances.setdefault(letter.upper(), share - 2)
    return chances


@cache
def _table(charset: str, language: str) -> tuple[float, ...]:
    """Return for each byte from 0x80 the logarithm of its chance in `language`."""
    chances, table = _chances(language), []
    for byte in range(0x80, 0x100):
        character = bytes([byte]).decode(charset, "replace")
        if character == "\ufffd" or "\x80" <= character < "\xa0":
            table.append(_UNREADABLE)
        else:
            other = _STRANGE if character.isalpha() else _ODD
            table.append(chances.get(character, other))
    return tuple(table)


@cache
def _wide_chances(language: str) -> dict[str, float]:
    chances = dict.fromkeys(_WIDE_SIGNS, -4.5)
    if language == "ja":
        chances |= {chr(code): -4.2 for code in range(0x3041, 0x30F7)}
    chances |= dict.fromkeys(_COMMON[language], -5.5)
    return chances


def _rest(character: str, charset: str) -> float:
    """Return the logarithm of the chance of a character that is none of the commonest."""
    if charset == "cp949":
        return -8.5 if "가" <= character <= "힣" else -12.0
    lead = character.encode(charset)[0] if "一" <= character <= "鿿" else 0
    first, last = _FIRST_LEVEL[charset]
    return -9.0 if first <= lead <= last else _UNREADABLE


def _wide(sample: bytes, charset: str) -> float:
    """Return the logarithm of the chance that the language of `charset` is written so."""
    chances, total = _wide_chances(_WIDE[charset]), 0.0
    for character, count in Counter(sample.decode(charset, "replace")).items():
        if character == "\ufffd":
            total += count * _UNREADABLE
        elif character > "\x7f":
            total += count * (chances.get(character) or _rest(character, charset))
    return total


def _single(counts: tuple[int, ...], charset: str) -> float:
    """Return the same for a charset of single bytes, by how often each byte from 0x80 stands."""
    tables = (_table(charset, language) for language in _SINGLE[charset].split())
    return max(float(sum(map(mul, counts, table))) for table in tables)


# Text in its own charset scores -2 to -3.9 nats a byte, in one of two bytes a character down to
# -6; what is in none of them -4.6 and less (measured on news in 13 languages and 22 charsets).
_READABLE = dict.fromkeys(_SINGLE, -4.2) | dict.fromkeys(_WIDE, -7.0)
_READABLE["mac-roman"] = -3.8  # the typographer's signs of legacy fonts are letters in it


def readable(charset: str, score: float, high: int) -> bool:
    """Whether a score that `weighed` gave is that of text in some language."""
    return score >= _READABLE[charset] * max(high, _FEW)


def weighed(body: bytes) -> tuple[dict[str, float], int]:
    """Return for each charset that may be guessed how well it reads `body`, in nats; of how many.

    Only bytes beyond ASCII count, of the first 100 kB of text that has some; how many those are.
    """
    sample = bytearray()
    for hit in _PIECE.finditer(body):
        if hit[0].isascii():
            continue
        sample += hit[0][: _SAMPLE - len(sample)] + b"\n"
        if len(sample) >= _SAMPLE:
            break
    histogram = Counter(bytes(sample).translate(None, bytes(range(0x80))))
    counts = tuple(histogram.get(byte, 0) for byte in range(0x80, 0x100))
    high = sum(counts)
    scores = {charset: _single(counts, charset) for charset in _SINGLE}
    scores |= {charset: _wide(bytes(sample), charset) for charset in _WIDE}
    return {name: score + _PRIOR.get(name, 0.0) for name, score in scores.items()}, high
