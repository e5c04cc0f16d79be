"""Which news agencies sent a story: a page and its main blocks in, names that they go by out.

Credits stand in few places, and only there are they looked for: in a dateline at the head of the
text, on a byline above it, in a code or a note that closes it. They are read off the whole page,
before any rule takes them away. An agency that a story merely quotes ("told ANI") is no credit, nor
is a picture's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.clean.sight import Sight
from archiver.model import Block
from archiver.text import normal
from archiver.text.agencies import COMMON, named, parted
from archiver.text.prose import STOPS, ends_sentence, words

# Lines looked at: above the first of the text, among its first and last, below the last.
_ABOVE, _FIRST, _LAST, _BELOW = 8, 4, 4, 3
_MAX_LINE = 160  # of a byline or a closing note
_MAX_CODE = 100  # of what follows the last stop
_MAX_NOTE = 400  # of a note on where a story comes from
_MAX_HEAD = 80  # of a dateline
_NEAR = 3  # elements from a line outwards

# Elements of pictures; a story that "has" one ("has-post-thumbnail") is none.
_PICTURE = re.compile(
    r"^fig(?:ure|caption)|caption|(?<!has)(?<!post)(?<!with)(?<!no)(?<!format)(?<!type)[.#_-]"
    r"(?:fig|image|img|photo|pic|gallery|media|thumb|legend|slide|video)",
    re.IGNORECASE,
)
_PHOTO = re.compile(
    r"photo|foto|image|picture|getty|bild\b|handout|file pic|фото"
    r"|फोटो|फ़ोटो|तस्वीर|तस्बिर|छायाचित्र|चित्र|ছবি"
    r"|ਤਸਵੀਰ|તસવીર|ଫଟୋ|புகைப்பட|படம்|ఫోటో|ఫొటో|ಚಿತ್ರ|ಫೋಟೋ|ചിത്രം|ഫോട്ടോ|ඡායාරූප|تصویر|تصوير|صورة|عکس|摄|攝|图|圖|写真|사진",
    re.IGNORECASE,
)
_MARKED = re.compile(
    r"[#.=](?:[a-z0-9]+[-_])*(?:author|byline|source|agency|provider|autor|auteur|writer|quelle"
    r"|fuente|signature)",
    re.IGNORECASE,
)
# What says that a name is the text's source.
_LABEL = re.compile(
    r"(?:^|[\s|(（])(?:source|agency|agencies|quelle|fuente|fonte|источник|kaynak|स्रोत|स्त्रोत|एजेंसी|सूत्र"
    r"|সূত্র|উৎস|ਸਰੋਤ|સ્ત્રોત|ଉତ୍ସ|ஆதாரம்|மூலம்|మూలం|ಮೂಲ|ഉറവിടം|මූලාශ්‍රය|ماخذ|منبع|المصدر|سرچینه|来源|來源|出处)"
    r"\s*[:：ঃः]\s*|^本文来源于",
    re.IGNORECASE,
)
_COLONS = re.compile("[:：ঃः]|^本文")
_BY = re.compile(r"^(?:by|von|par|por|di|door|av|af|द्वारा)\s*:?\s+", re.IGNORECASE)
# What a note that closes a text says before the names, or after them.
_WITH = re.compile(
    r"^(?:with|mit|avec|con)\s+(?:(?:\w+\s+){0,2}(?:inputs?|información|informations|material"
    r"|reporting|contributions?)\s+(?:from|by|von|des?|d['’])\s*)?(?:the\s+)?"
    r"|^(?:\w+\s+)?(?:mit|via|inputs?(?:\s+from)?|इनपुट|इनपुट्स)(?:\s*[:–-]\s*|\s+)",
    re.IGNORECASE,
)
_FEED = re.compile(
    r"\b(?:from|by|of)\s+(?:an?\s+|the\s+)?(?P<who>[^.,()]{2,30}?)(?:['’]s)?\s+(?:syndicated\s+|wire\s+|news\s+)*feed\b"
    r"|\b(?:sourced|syndicated)\s+(?:from|by)\s+(?:the\s+)?(?P<from>[^.,()]{2,30})"
)
_INPUTS = re.compile(
    r"\s*(?:inputs?|agency inputs?|के इनपुट के साथ|इनपुट के साथ|से इनपुट|इनपुट|के सहयोग से)$", re.IGNORECASE
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright)[\s©\d,–-]*(?:the\s+)?(?P<who>[^.|]{2,40}?)\.?\s+all rights",
    re.IGNORECASE,
)
# How Reuters closes its stories, and nobody else: who reported, who edited.
_REPORTED = re.compile(
    r"\(?(?:additional )?reporting (?:by|and \w+ by) .{3,}\b(?:editing|writing) by ", re.IGNORECASE
)

_DIGIT = re.compile(r"\d")  # of any script
_SET_OFF = re.compile(
    r"[(（\[【](?P<who>[^()（）\[\]【】]{2,40})[)）\]】]\s*(?P<end>[-–—:：।|.,،۔])?\s*(?P<next>\S*)"
)
_SLASHES = re.compile(rf"(?P<place>[^/]{{3,{_MAX_HEAD}}}?)\s/(?P<who>[^/]{{2,40}})/")
_FIELDS = re.compile(r"([,،/|–—।:：۔])|\s(-{1,2})\s|(\.)(?<=[^\W\d_]{3}\.)\s")
_STRONG = frozenset("।:：–—|۔.-/") | {"--"}
_EAST = re.compile(
    r"[(（【\[]?\s*(?P<who>[^\W\d_]{2,8})[^\W\d_、，。]{0,12}"
    r"(?:\d{1,2}月)?\d{1,2}日(?:专|專)?[电電讯訊]"
)
_EAST_LETTER = re.compile("[\u3400-\u9fff]")
_POSTPOSITIONS = frozenset("کے کی کا نے کو سے میں پر ने का की के को से में पर".split())
_CASED = re.compile("[A-Za-zÀ-ɏͰ-ԯ]")
_MAX_PLACE_WORDS, _MAX_DATED_WORDS = 4, 7


def _is_place(text: str) -> bool:
    """Whether what stands before an agency can be a place, or a place and a day."""
    told = words(text)
    dated = _DIGIT.search(text) is not None
    if len(told) > (_MAX_DATED_WORDS if dated else _MAX_PLACE_WORDS):
        return False
    small = [word for word in told if word[0].islower() and _CASED.match(word)]
    return len(small) <= (2 if dated else 0)


def _spells(text: str, name: str) -> bool:
    """Whether `name` abbreviates the words before it ("Pakistan Tehreek-e-Insaf (PTI)")."""
    initials = iter([word[0].casefold() for word in words(text)])
    letters = [letter for letter in name.casefold() if letter.isalpha()]
    return len(letters) > 1 and all(letter in initials for letter in letters)


def _named(name: str) -> str | None:
    """An agency, where nothing sets its name off from the words of a page."""
    return None if name.partition(" ")[0] in COMMON else named(name, strict=True)


def _of(credit: str) -> list[str]:
    """The agencies of a credit, none unless the first part or two of it is one."""
    parts = parted(credit)
    found = [agency for part in parts if (agency := named(part, strict=True))]
    if not found and _DIGIT.search(credit):  # [東京 5日 ロイター]: place, day and agency
        return [agency for part in credit.split()[-1:] if (agency := named(part, strict=True))]
    return found if found and any(named(part, strict=True) for part in parts[:2]) else []


def dateline(text: str) -> list[str]:
    """The agencies of the dateline that a text opens with, if it does.

    >>> dateline("NEW DELHI, May 5 (PTI) Rain fell."), dateline("काठमांडू, 5 मई (रासस)। वर्षा भयो।")
    (['PTI'], ['RSS'])
    >>> dateline("एएनआई, नई दिल्ली। बारिश हुई।"), dateline("МОСКВА, 4 янв - РИА Новости. Дождь.")
    (['ANI'], ['RIA Novosti'])
    >>> dateline("Pakistan Tehreek-e-Insaf (PTI) - a party."), dateline("Reuters, it said.")
    ([], [])
    """
    return _bracketed(text) or _in_fields(text) or _eastern(text)


def _bracketed(text: str) -> list[str]:
    hit = _SLASHES.match(text)
    if hit and _is_place(hit["place"]) and (found := _of(hit["who"])):
        return found
    for hit in _SET_OFF.finditer(text[: _MAX_HEAD * 2]):
        place = text[: hit.start()].strip()
        if len(place) > _MAX_HEAD:
            break
        found = _of(hit["who"])
        if not found:
            continue
        if not _is_place(place) or named(place.strip(" -")) or _spells(place, hit["who"]):
            break
        if hit["end"] or _DIGIT.search(place) or "=" in hit["who"]:
            return found
        urdu = place and "\u0600" <= place[-1] <= "\u06ff" and hit["next"] not in _POSTPOSITIONS
        return found if urdu and len(words(place)) < _MAX_PLACE_WORDS else []
    return []


def _in_fields(text: str) -> list[str]:
    pieces = _FIELDS.split(text[:_MAX_HEAD])
    fields = [one.strip() for one in pieces[::4]]
    signs = [next(filter(None, pieces[at + 1 : at + 4]), "") for at in range(0, len(pieces) - 1, 4)]
    for at, sign in enumerate(signs[:4]):
        agency = _named(fields[at])
        if agency is None:
            continue
        if at == 0:
            after = fields[1] if len(fields) > 1 else ""
            told = sign in ",،" and len(signs) > 1 and signs[1] in _STRONG and _is_place(after)
            return [agency] if told and named(after) is None else []
        before = " ".join(fields[:at])
        dated = sign == "," and _DIGIT.search(before) is not None
        return [agency] if (sign in _STRONG or dated) and _is_place(before) else []
    return []


def _eastern(text: str) -> list[str]:
    """``新华社北京11月17日电``: agency, place and day in one run of characters."""
    hit = _EAST.match(text) if _EAST_LETTER.search(text[:6]) else None
    if hit is None:
        return []
    who = hit["who"]
    told = (named(who[:length]) for length in range(len(who), 1, -1))
    return [agency for agency in told if agency][:1]


def byline(text: str, *, marked: bool) -> list[str]:
    """The agencies that a line above the text names as its source.

    `marked` says whether the page marks the line as a byline: a name alone needs that.

    >>> byline("By IANS,", marked=False), byline("来源：新华社", marked=False)
    (['IANS'], ['Xinhua'])
    >>> byline("AFP", marked=True), byline("AFP", marked=False), byline("Photo: AFP", marked=True)
    (['AFP'], [], [])
    """
    if len(text) > _MAX_LINE:
        return []
    if _COLONS.search(text) and (label := _LABEL.search(text)):
        said = text[label.end() :]
        return _of(said) or _of(said.split()[0] if said else "")
    if by := _BY.match(text):
        return [agency for part in parted(text[by.end() :]) if (agency := _named(part))]
    parts = parted(text)
    agency = _named(parts[0]) if parts else None
    dated = len(parts) > 1 and all(_DIGIT.search(part) for part in parts[1:])
    return [agency] if agency and (marked or dated) else []


# Behind the last stop, or the whole line: in brackets, then perhaps the initials of its editors; or
# behind a dash, a slash or nothing.
_STOPS = re.escape(STOPS)
_TAIL = re.compile(
    rf"(?:^|[{_STOPS}]['\"’”»]?)\s*(?:[-–—]*\s*[(（\[](?P<within>[^()（）\[\]]{{2,80}})[)）\]](?:\s[A-Z]{{2,4}})*"
    rf"|(?P<sign>[-–—/|]*)\s*(?P<who>[^{_STOPS}()（）\[\]]{{2,60}}))\s*[.।]?$"
)
_CODE = re.compile(r"[A-Z]{2,4}|[a-z]{2,3}")
_MAX_SIGNED_WORDS = 5  # भाषा and the names of those who edited
_MAX_BESIDE = 2  # words of an outlet or a desk that is named with an agency
_SERVICE = "भाषा"


def closing(text: str) -> list[str]:
    """The agencies of the code or the note that a line closes with, or is.

    >>> closing("The road is open. (PTI)"), closing("भाषा नोमान नेत्रपाल"), closing("PTI SKL RAM")
    (['PTI'], ['PTI'], ['PTI'])
    >>> closing("(Con información de AFP, EFE y Reuters)"), closing("(With inputs from ANI)")
    (['AFP', 'EFE', 'Reuters'], ['ANI'])
    >>> closing("He told ANI."), closing("Photo: AFP"), closing("I spoke to Reuters")
    ([], [], [])
    """
    return _noted(text) or _coded(text)


def _noted(text: str) -> list[str]:
    """The agencies of a sentence about where the story comes from."""
    if len(text) <= _MAX_LINE and "iting by " in text and _REPORTED.search(text):
        return ["Reuters"]
    if "ights" in text and (rights := _RIGHTS.match(text)):
        return _of(rights["who"])
    if not any(said in text for said in ("feed", "sourced", "syndicated")):
        return []
    told = (hit["who"] or hit["from"] for hit in _FEED.finditer(text[-_MAX_NOTE:]))
    return [agency for one in told for agency in _of(one)]


def _coded(text: str) -> list[str]:
    """The agencies behind the last stop, or of the whole line."""
    hit = _TAIL.search(text, max(0, len(text) - _MAX_CODE))
    if hit is None:
        return []
    whole = hit.end() - hit.start() == len(text)
    if hit["within"]:
        return _code(hit["within"], whole=whole, alone=False)
    who = normal.trim(hit["who"])
    if whole and not hit["sign"] and ends_sentence(text) and len(parted(who)) > 1:
        return []
    if not whole and not hit["sign"] and who.isascii() and not who.isupper():
        agency = _named(who)  # what else it is may be a sentence of a word or two
        return [agency] if agency else []
    return _code(who, whole=whole, alone=not hit["sign"])


def _code(credit: str, *, whole: bool, alone: bool) -> list[str]:
    """The agencies of what may be a credit: all its parts are short, and so many are agencies.

    `whole` says that it is all of its line, `alone` that no sign sets it off.
    """
    label = _LABEL.search(credit)
    credit = credit[label.end() :] if label else _INPUTS.sub("", _WITH.sub("", credit, count=1))
    found: list[str] = []
    for part in parted(credit):
        agency = _named(part) if alone else named(part, strict=True)
        if agency := agency or _signed(part, whole=whole):
            found.append(agency)
        elif len(words(part)) > _MAX_BESIDE or (alone and _is_told(part)):
            return []
    return found


def _is_told(part: str) -> bool:
    """Whether the words of a part are a sentence's: in small letters, and no initials."""
    return any(word[0].islower() and not _CODE.fullmatch(word) for word in words(part))


def _signed(part: str, *, whole: bool) -> str | None:
    """An agency with the initials, or for its services the names, of its editors."""
    first, *others = part.split()
    if not others or len(others) >= _MAX_SIGNED_WORDS:
        return None
    coded = all(_CODE.fullmatch(other.strip("/")) for other in others) and all(
        other.isupper() for other in others
    )
    if coded or (whole and first == _SERVICE and not ends_sentence(part)):
        return named(first, strict=True)
    return None


def _credits(sight: Sight) -> Iterator[list[str]]:
    """What datelines, then bylines, then lines that close the text credit."""
    blocks, main = sight.page.blocks, sorted(sight.main)
    first, last = main[0], main[-1]
    opening = main[:_FIRST]
    for at in sorted({*opening, *sight.paragraphs[:_FIRST]}):
        yield dateline(blocks[at].text)
    for at in (*range(max(0, first - _ABOVE), first), *opening):
        block = blocks[at]
        found = byline(block.text, marked=True)
        if found and not _is_picture(block):
            yield byline(block.text, marked=_names(block, _MARKED))
    for at in (*main[-_LAST:], *range(last + 1, min(len(blocks), last + _BELOW + 1))):
        found = closing(blocks[at].text) if at > first else []
        if found and not _is_picture(blocks[at]):
            yield found


def _names(block: Block, named: re.Pattern[str]) -> bool:
    """Whether one of the elements about a block is of such a name."""
    return named.search("/".join(block.path.rsplit("/", _NEAR)[1:])) is not None


def _is_picture(block: Block) -> bool:
    """Whether a line that credits an agency is a picture's; running text is none."""
    if len(block.text) > _MAX_LINE:
        return False
    return block.hidden or _names(block, _PICTURE) or _PHOTO.search(block.text) is not None


def credited(sight: Sight) -> list[str]:
    """The agencies that a page credits with its text, the surest first; some may come twice."""
    return [agency for found in _credits(sight) for agency in found] if sight.main else []
