"""Text that no reader could read as it stands: letters of a font instead of a language, and worse.

In comes decoded text, out goes what is wrong with it. Before Unicode, newspapers of South Asia
typed their scripts as Latin letters and signs that a font drew as others (Kruti Dev: "Hkkjr" for
भारत). Such bytes decode without a fault into words of no language. They are told by the commonest
words of the best-known fonts, and in general by what words of Latin script never are: without
vowels, with signs or capitals in the middle. A false alarm is worse than a miss: so most of the
running text must be such, and the common words of Latin-script languages all but absent. Where the
page names no such font, letters and signs beyond ASCII must stand in those words too: hashtags,
code, base64, formulas, names and transliterations (ITRANS) have the rest.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from html import unescape

# Names of legacy fonts, as pages name them; each draws another script for Latin letters.
_FONTS = """
    kruti devlys dev-?lys chanakya shusha shivaji aps-?dv dvb-?tt dvw-?tt dv-?tt shree-?dev akruti
    walkman naidunia yogesh krishna mithi richa agra hemant millennium
    preeti kantipur himalb fontasy sagarmatha ganess shangrila aakriti\\s*nepali pcs\\s*nepali
    sutonny sulekha(?:t|\\b) adarshalipi bijoy boishakhi chandrabati geetanjali ramdhenu
    bamini tscu? tab-? tam-? vikatan_tam elango mylai kalaham inaimathi senthamizh diamond\\s*tam
    eenadu vaartha tikkana hemalatha shree-?tel shree-?kan shree-?tam shree-?guj shree-?ori nudi
    brh\\s*kannada ml-?tt ml-?ka mlw-?tt manorama thoolika panchami fml-?tt gopika lmg-? terafont
    anmol\\s*lipi anmollipi gurbanilipi asees satluj drchatrik joy
    fm-?\\s?abhaya fmabhaya fmbindumathi dl-?paras kaputa
    win\\s*innwa wininnwa win\\s*burmese vni- \\.vntime limon saysettha
    """
_NAMED = re.compile(
    r"(?:\bface\s*=|font-family\s*:)\s*[\"']?\s*(" + "|".join(_FONTS.split()) + ")", re.IGNORECASE
)

# What the commonest words of a language look like in its best-known font; each list is enough to
# make a quarter of all running words in it.
_WORDS = {
    "kruti-dev": (
        "ds dh dk esa gS vkSj dks gSa ls us ij ;g fd ugha Hkh djus x;k fy, fy;s Fkk Fks "
        "Fkh gks jgs jgk jgh bl ml ,d gSA gSaA rks Hkkjr dgk fd;k mUgksaus vius lkFk ckn "
        "yksxksa ljdkj"
    ),
    "preeti": (
        "sf] df 5 / xf] klg ug{ u/]sf] ePsf] eg] of] nflu g]kfn x'g] ug]{ tyf Ps o; "
        "/x]sf] 5g\\ ul/Psf] lyof] b]lv n] nfO{ jf eO{ u/L ltgsf] ;/sf/ xfd|f]"
    ),
    "bamini": ("kw;Wk; vd;W xU ,e;j mth; cs;s vd jkpo; ,yq;if Ntz;Lk; me;j ,Ue;J vd;gJ ,y;iy NghJ"),
    "shusha": (
        "ko. maoM hO hO. hOM. sao AaOr nao hOM pr BaI ilae [sa ]sa qaa gayaa rho ik kao rha rhI"
    ),
    "anmol-lipi": (
        "dy dI dw nUM ivc hY Aqy qoN ny hn ies iek aus nwl leI ik vI nhIN ikhw krn hY[ hn["
    ),
    "fm-abhaya": (
        "iy fï yd hk we;s nj hq;= wo .; ksid jk fuu lr lrk lrkq f.k tu ta we; nj;a úg isg "
        "jQ hs' we;' úiska i|yd ms<sn| fuys tys fyda yer;a"
    ),
    "bijoy": (
        "Ges †h GKwU K‡i Ki‡Z bv wZwb e‡jb Rb¨ †_‡K n‡e n‡q‡Q nq GB Zvi Ki‡eb e‡j‡Qb wbq I mv‡_"
    ),
}
_CODES = {font: frozenset(words.split()) for font, words in _WORDS.items()}

# The commonest words of languages in Latin script; a tenth and more of any text in one of them.
_COMMON = frozenset(
    """
    the of and to in is for that was on with as it by at from be are this have or an not but you we
    der die und den von zu das mit ist des im ein eine nicht auf für sich dem auch es hat
    de la le les et des en un une du que est dans pour qui par il sur au pas plus ce
    el los las y se del por con una no su al lo como más para o a e do da em um uma não os na
    che di per non sono con della alla het een van dat op te zijn voor niet och att som på det av
    er til har med ikke og på ja on ei se että w z na się nie jest to że do jak po a i v je že si
    és az egy hogy nem ve bir bu da için ile olarak çok yang dan di itu dengan untuk ini dari tidak
    và của là có cho không được các một những người trong đã với ke ki ka hai ko mein aur se ne ho
    bhi par kya nahi ye wo kar raha hain ang ng sa mga ay na ya wa kwa ni katika în și cu pe nu din
    ir ar un kad yra ne och i u su
    """.split()
)
# Running text behind a tag, or the beginning of what is none.
_CHUNK = re.compile(
    r"<(?:((?i:script|style|pre|code|textarea|noscript|svg|title|math))\b[^<>]*>"
    r"|[/a-zA-Z][^<>]*>([^<>]{40,}))"
)
SAMPLE = 4000  # code points of running text: some hundred words, most of a story
_EDGE = ".,;:!?()[]{}\"'“”‘’«»…-–—*|/\\"
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿ"
_SIGNS = "¡-¿×÷†‡‰ƒ"
_ODD = re.compile(
    rf"[{_LETTER}{_SIGNS}][;\[\]{{}}\\|~^<>=+*%$#`{_SIGNS}]+[{_LETTER}{_SIGNS}]"
    rf"|[a-zß-öø-ÿ][A-Z]|[{_SIGNS}].*[{_SIGNS}]"
)
_VOWEL = re.compile(r"[aeiouyw\u00e0-\u00f6\u00f8-\u01b0\u1ea0-\u1eff0-9@_/.&'’-]", re.IGNORECASE)
_HIGH = re.compile("[À-ÿ]")
_SIGN = re.compile(f"[{_SIGNS}]")
_OTHER_SCRIPT = re.compile("[\u0300-\u1dff\u2c00-\uffff]")
_ADDRESS = re.compile(r"://|www\.|@|\.\w{2,4}/|\d.*\d")

_QUESTIONS = re.compile(r"(?<!\S)[?.,!\"()-]*\?{2,}[?.,!\"()-]*(?!\S)")
# What UTF-8 looks like where it was read as windows-1252: a first byte, then bytes 80 to BF.
_CONTINUED = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TWICE = re.compile(f"[Â-ß][{_CONTINUED}]|[à-ï][{_CONTINUED}]{{2}}|[ð-ô][{_CONTINUED}]{{3}}")
_TRIED = 20_000  # code points
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_SEQUENCE = 4  # bytes of one character in UTF-8, at most
# Zawgyi types the vowel E before its consonant, Unicode after it.
_ZAWGYI = re.compile("(?:^|[^\u1000-\u109f])\u1031")


def _as_bytes(fault: UnicodeError) -> tuple[bytes, int]:
    """Return as itself a byte that a Windows charset leaves undefined and a reader let through."""
    assert isinstance(fault, UnicodeEncodeError)  # noqa: S101 - what an encoder raises
    piece = fault.object[fault.start : fault.end]
    if all("\x80" <= character < "\xa0" for character in piece):
        return piece.encode("latin-1"), fault.end
    raise fault


codecs.register_error("archiver.c1", _as_bytes)


def repaired(text: str) -> str:
    """Return the text that was encoded as UTF-8 twice, where it all can be read back, else nothing.

    >>> repaired("नमस्ते".encode().decode("latin-1"))
    'नमस्ते'
    >>> repaired("café")
    ''
    """
    if text.isascii():
        return ""
    first = _BEYOND_ASCII.search(text)
    begin, near = (first.start(), first.end() + _SEQUENCE) if first else (0, 0)
    for charset in ("cp1252", "cp1251"):
        try:
            # Most pages fail here at once, and need not be read to their end; what is ASCII
            # before, often the whole head of a page, stays as it is.
            for end in (near, _TRIED):
                start = text[begin:end].encode(charset, "archiver.c1")
                codecs.getincrementaldecoder("utf-8")().decode(start)
            once = text[:begin] + text[begin:].encode(charset, "archiver.c1").decode("utf-8")
        except UnicodeError:
            continue
        if len(text) - len(once) >= 3:  # noqa: PLR2004 - fewer may be somebody's example
            return once
    return ""


def chunks(text: str) -> Iterator[str]:
    """Yield the stretches of running text of a page, by its tags alone."""
    if "<" not in text:
        yield text[:SAMPLE]
        return
    hit = _CHUNK.search(text)
    while hit:
        at = hit.end()
        if hit[1]:
            at = max(at, text.find(f"</{hit[1]}", at))
        elif chunk := hit[2].strip():
            yield (unescape(chunk) if "&" in chunk else chunk)[:SAMPLE]
        hit = _CHUNK.search(text, at)


def _odd(word: str) -> bool:
    """Whether a word is such as no language in Latin script writes."""
    core = word.strip(_EDGE)
    if len(core) < 2 or _ADDRESS.search(word) or _OTHER_SCRIPT.search(word):  # noqa: PLR2004
        return False
    if _ODD.search(core):
        return True
    high = len(_HIGH.findall(core))
    if high > 2 and high * 5 >= len(core) * 3:  # noqa: PLR2004
        return True
    return len(core) > 2 and not core.isupper() and not _VOWEL.search(core)  # noqa: PLR2004


def _named(text: str) -> str:
    """The font of the kind that a page names, if any."""
    hit = _NAMED.search(text)
    return re.sub(r"[^a-z]", "", hit[1].lower()) if hit else ""


def _font(chunk: str, named: Callable[[], str]) -> str | None:
    """Return the font that `chunk` was typed for, "" where it is not known, None for a language.

    Where the page names a font of the kind, fewer words must be odd, and any oddness counts.
    """
    words = [word for word in chunk.split() if len(word) <= 25]  # noqa: PLR2004 - longer are data
    if len(words) < 6:  # noqa: PLR2004
        return None
    for font, codes in _CODES.items():
        hits = [word for word in words if word in codes]
        if len(hits) * 6 >= len(words) and len(set(hits)) > 3:  # noqa: PLR2004
            return font
    plain = sum(word.strip(_EDGE).lower() in _COMMON for word in words)
    if plain * 20 > len(words):
        return None
    odd = [word for word in words if _odd(word)]
    if len(odd) < 0.12 * len(words):
        return None
    if named():
        return named()
    drawn = [word for word in odd if _HIGH.search(word) or _SIGN.search(word)]
    signs = sum(_SIGN.search(word.strip(_EDGE)) is not None for word in drawn)
    return "" if len(drawn) >= 0.35 * len(words) <= 3.5 * signs else None


def _legacy(text: str, looked: list[str]) -> str:
    named = cache(partial(_named, text))  # to look through a page takes longer than all the rest
    told: dict[str, int] = {}
    for chunk in looked:
        font = _font(chunk, named)
        if font is not None:
            told[font] = told.get(font, 0) + len(chunk)
    if sum(told.values()) * 5 < sum(map(len, looked)) * 2 or sum(told.values()) < 120:  # noqa: PLR2004
        return ""
    font = max(told, key=told.__getitem__)
    return f"legacy-font:{font}" if font else "legacy-font"


def _language(sample: str) -> bool:
    """Whether many words are the commonest of a language in Latin script."""
    words = sample.lower().split()
    return sum(map(_COMMON.__contains__, words)) * 8 > len(words)


def fault(shown: Iterable[str], text: str) -> str:
    """Return why `text` is no language: see `decode.Decoded.suspect`; or an empty string.

    `shown` are its stretches of running text, never its code; `SAMPLE` code points are looked at.
    """
    looked: list[str] = []
    size = 0
    for one in shown:
        looked.append(one[:SAMPLE])
        size += len(one)
        if size >= SAMPLE:
            break
    sample = "\n".join(looked)
    if _language(sample) or not sample:
        return ""
    if len(_OTHER_SCRIPT.findall(sample)) * 3 > len(sample) and "\ufffd" not in sample:
        vowels = sample.count("\u1031")
        zawgyi = vowels > 4 and len(_ZAWGYI.findall(sample)) * 5 > vowels  # noqa: PLR2004
        return "legacy-font:zawgyi" if zawgyi else ""
    words = sample.split()
    if sample.count("\ufffd") * 20 > len(sample) or (
        len(_QUESTIONS.findall(sample)) * 3 > len(words) > 9  # noqa: PLR2004
    ):
        return "replaced"
    twice = sum(map(len, _TWICE.findall(sample)))
    if twice * 2 > len(sample) - len(sample.encode("ascii", "ignore")) and twice > 30:  # noqa: PLR2004
        return "mojibake"
    return _legacy(text, looked)
