"""Names of months and weekdays and the order of a date's figures: a language in, tables out.

Names come from Unicode CLDR by way of babel; beside them stand spellings that newsrooms use and
CLDR lacks, and the months of two calendars that are converted: Solar Hijri (Iran, Afghanistan)
and Bikram Sambat (Nepal). All names are match keys of NFC.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from babel import localedata

from archiver.text import normal

Calendar = Literal["gregorian", "solar", "bikram"]
Order = Literal["dmy", "mdy", "ymd", ""]


class Month(NamedTuple):
    """A month of a calendar, counted from 1."""

    calendar: Calendar
    number: int


# Languages of one script whose pages are mistaken for one another; no name means two months in
# them, so each reads those of all.
_FAMILIES = (
    "hi mr ne mai bho sa kok doi brx".split(),
    "bn as mni".split(),
    "ur ps sd ks fa".split(),
)
# Other codes for the same months.
_SAME = {"prs": "fa", "haz": "fa", "azb": "fa", "in": "id", "iw": "he", "nb": "no", "bh": "bho"}

# Spellings beside CLDR's, January to December, each month's parted by "/".
_SPELLINGS: dict[str, str] = {
    "en": "////////sept///",
    "hi": (
        "जनवरी/फरवरी फरबरी/मार्च/अप्रैल अप्रेल/मई/जून/जुलाई जुलाइ/"
        "अगस्त/सितंबर सितम्बर/अक्टूबर अक्तूबर अक्टुबर/नवंबर नवम्बर/"
        "दिसंबर दिसम्बर"
    ),
    "mr": (
        "जानेवारी जाने/फेब्रुवारी/मार्च/एप्रिल/मे/जून/जुलै/"
        "ऑगस्ट आॅगस्ट ओगस्ट/सप्टेंबर सेप्टेंबर/ऑक्टोबर आॅक्टोबर/"
        "नोव्हेंबर नोवेंबर/डिसेंबर"
    ),
    "ne": (
        "जनवरी जनबरी/फेब्रुअरी फेब्रुवरी/मार्च/अप्रिल अप्रील/मे मई/"
        "जुन जून/जुलाई/अगस्ट अगस्त/सेप्टेम्बर सेप्टेंबर/"
        "अक्टोबर अक्टुबर/नोभेम्बर नोवेम्बर/डिसेम्बर डिसेंबर"
    ),
    "bn": (
        "জানুয়ারি/ফেব্রুয়ারি/মার্চ/এপ্রিল/মে/জুন/জুলাই/"
        "আগস্ট আগষ্ট অগস্ট অগাস্ট/সেপ্টেম্বর সেপ্টেমবর/অক্টোবর/"
        "নভেম্বর নবেম্বর/ডিসেম্বর"
    ),
    "as": (
        "জানুৱাৰী জানুৱাৰি/ফেব্ৰুৱাৰী ফেব্ৰুৱাৰি/মাৰ্চ/এপ্ৰিল/মে'/"
        "জুন/জুলাই/আগষ্ট/ছেপ্টেম্বৰ চেপ্টেম্বৰ ছেপ্তেম্বৰ/অক্টোবৰ/"
        "নৱেম্বৰ নবেম্বৰ/ডিচেম্বৰ ডিছেম্বৰ"
    ),
    "gu": (
        "જાન્યુઆરી/ફેબ્રુઆરી/માર્ચ/એપ્રિલ/મે/જૂન જુન/જુલાઈ/ઓગસ્ટ ઑગસ્ટ ઓગષ્ટ/સપ્ટેમ્બર/ઓક્ટોબર ઑક્ટોબર/નવેમ્બર/ડિસેમ્બર"
    ),
    "pa": ("ਜਨਵਰੀ/ਫਰਵਰੀ/ਮਾਰਚ/ਅਪ੍ਰੈਲ ਅਪਰੈਲ/ਮਈ/ਜੂਨ/ਜੁਲਾਈ/ਅਗਸਤ/ਸਤੰਬਰ ਸਿਤੰਬਰ/ਅਕਤੂਬਰ/ਨਵੰਬਰ/ਦਸੰਬਰ ਦਿਸੰਬਰ"),
    "or": (
        "ଜାନୁଆରୀ ଜାନୁୟାରୀ/ଫେବୃଆରୀ ଫେବ୍ରୁଆରୀ ଫେବୃୟାରୀ/ମାର୍ଚ୍ଚ ମାର୍ଚ/"
        "ଏପ୍ରିଲ ଅପ୍ରେଲ/ମେ ମଇ/ଜୁନ/ଜୁଲାଇ/ଅଗଷ୍ଟ ଅଗଷ୍ଟ୍ ଅଗସ୍ଟ/"
        "ସେପ୍ଟେମ୍ବର/ଅକ୍ଟୋବର/ନଭେମ୍ବର/ଡିସେମ୍ବର"
    ),
    "ta": (
        "ஜனவரி/பிப்ரவரி பெப்ரவரி/மார்ச்/ஏப்ரல்/மே/ஜூன் யூன்/"
        "ஜூலை யூலை/ஆகஸ்ட் ஆகஸ்டு/செப்டம்பர் செப்டெம்பர்/"
        "அக்டோபர் அக்தோபர் ஒக்டோபர்/நவம்பர்/டிசம்பர்"
    ),
    "te": (
        "జనవరి/ఫిబ్రవరి/మార్చి మార్చ్/ఏప్రిల్/మే/జూన్/జులై జూలై/"
        "ఆగస్టు ఆగష్టు ఆగస్ట్/సెప్టెంబర్ సెప్టెంబరు/"
        "అక్టోబర్ అక్టోబరు/నవంబర్ నవంబరు/డిసెంబర్ డిసెంబరు"
    ),
    "kn": (
        "ಜನವರಿ/ಫೆಬ್ರವರಿ ಫೆಬ್ರುವರಿ/ಮಾರ್ಚ್ ಮಾರ್ಚ/ಏಪ್ರಿಲ್ ಎಪ್ರಿಲ್/ಮೇ/ಜೂನ್/ಜುಲೈ/ಆಗಸ್ಟ್ ಆಗಸ್ಟ/ಸೆಪ್ಟೆಂಬರ್ ಸಪ್ಟೆಂಬರ್/ಅಕ್ಟೋಬರ್/ನವೆಂಬರ್/ಡಿಸೆಂಬರ್"
    ),
    "ml": (
        "ജനുവരി/ഫെബ്രുവരി/മാർച്ച് മാര്‍ച്ച്/ഏപ്രിൽ ഏപ്രില്‍/"
        "മെയ് മേയ് മെയ്യ്/ജൂൺ ജൂണ്‍/ജൂലൈ ജൂലായ്/"
        "ഓഗസ്റ്റ് ആഗസ്റ്റ് ആഗസ്ത്/"
        "സെപ്റ്റംബർ സെപ്തംബർ സെപ്റ്റംബര്‍ സെപ്തംബര്‍/"
        "ഒക്ടോബർ ഒക്ടോബര്‍/നവംബർ നവംബര്‍/ഡിസംബർ ഡിസംബര്‍"
    ),
    "si": (
        "ජනවාරි/පෙබරවාරි/මාර්තු/අප්‍රේල් අප්‍රියෙල් අප්රේල්/මැයි/"
        "ජූනි ජුනි/ජූලි ජුලි/අගෝස්තු/සැප්තැම්බර්/"
        "ඔක්තෝබර් ඔක්තෝම්බර්/නොවැම්බර් නොවෙම්බර්/දෙසැම්බර්"
    ),
    "ur": (
        "جنوری/فروری/مارچ/اپریل/مئی مئ/جون/جولائی جولائ/اگست/ستمبر سِتمبر/اکتوبر اُکتوبر/نومبر/دسمبر"
    ),
    "sd": (
        "جنوري جنوری/فيبروري فروري/مارچ/اپريل/مئي/جون/"
        "جولاءِ جولائي/آگسٽ/سيپٽمبر سپٽمبر/آڪٽوبر/نومبر/ڊسمبر"
    ),
    "ps": (
        "جنوري/فبروري فېبروري فروري/مارچ/اپریل اپرېل/مۍ می مئ/جون/"
        "جولای جولايي/اګست اگست/سپتمبر سېپتمبر سپټمبر/"
        "اکتوبر اکټوبر/نومبر نوامبر/دسمبر ډسمبر"
    ),
    "fa": (
        "جنوری ژانویه/فبروری فوریه/مارچ مارس/اپریل آوریل/می مه مئی/"
        "جون ژوئن/جولای ژوئیه جولایی/اگست آگست اوت/سپتمبر سپتامبر/"
        "اکتوبر اکتبر/نومبر نوامبر/دسمبر دسامبر"
    ),
    "ar": (
        "يناير جانفي كانون~الثاني/فبراير فيفري شباط/مارس آذار اذار/"
        "أبريل ابريل إبريل أفريل نيسان/مايو ماي أيار ايار/"
        "يونيو يونيه جوان حزيران/يوليو يوليه جويلية تموز/"
        "أغسطس اغسطس أوت غشت آب/سبتمبر شتنبر أيلول ايلول/"
        "أكتوبر اكتوبر تشرين~الأول تشرين~الاول/"
        "نوفمبر نونبر تشرين~الثاني/"
        "ديسمبر دجنبر كانون~الأول كانون~الاول"
    ),
    "my": ("ဇန်နဝါရီ ဇန်နဝါရီလ/ဖေဖော်ဝါရီ/မတ်/ဧပြီ/မေ/ဇွန်/ဇူလိုင်/ဩဂုတ် သြဂုတ်/စက်တင်ဘာ/အောက်တိုဘာ/နိုဝင်ဘာ/ဒီဇင်ဘာ"),
}
# Solar Hijri: Iran's names; Afghanistan's in Dari; in Pashto.
_SOLAR = (
    "فروردین/اردیبهشت/خرداد/تیر/مرداد امرداد/شهریور/مهر/آبان/آذر/دی/بهمن/اسفند",
    "حمل/ثور/جوزا/سرطان/اسد/سنبله/میزان/عقرب/قوس/جدی/دلو/حوت",
    "وری/غویی غوایی/غبرګولی غبرگولی/چنګاښ چنگاښ/زمری/وږی/تله/لړم/لیندۍ لیندی/مرغومی/سلواغه/کب",
)
# Bikram Sambat as Nepali newspapers spell it.
_BIKRAM = (
    "वैशाख बैशाख बैसाख वैसाख/जेठ ज्येष्ठ जेष्ठ/"
    "असार आषाढ असाढ आषाढ़/साउन श्रावण सावन/भदौ भाद्र भाद्रपद/"
    "असोज आश्विन आसोज अश्विन/कार्तिक कात्तिक कार्त्तिक/"
    "मंसिर मङ्सिर मंसीर मार्गशीर्ष मार्ग/पुस पुष पौष पूष/माघ/"
    "फागुन फाल्गुन फागुण/चैत चैत्र"
)
_LISTED: tuple[tuple[frozenset[str], Calendar, tuple[str, ...]], ...] = (
    (frozenset({"fa", "ps"}), "solar", _SOLAR),
    (frozenset({"ne"}), "bikram", (_BIKRAM,)),
)
# The calendar of a date in figures (1404/8/23, 2082-07-28) where its year fits no other.
NUMERIC: Mapping[str, Calendar] = {"fa": "solar", "ps": "solar", "ne": "bikram"}

# Blocks of the Indic scripts run parallel (ISCII): signs at these places mean the same in each.
_INDIC = frozenset(range(0x0900, 0x0D80, 0x80))
_ANUSVARA, _B, _M, _NUQTA, _I, _II, _VIRAMA = 0x02, 0x2C, 0x2E, 0x3C, 0x3F, 0x40, 0x4D


def base(language: str) -> str:
    """The primary subtag of a BCP 47 tag, by the name that CLDR has for it.

    >>> base("hi-IN"), base("pt_BR"), base("prs")
    ('hi', 'pt', 'fa')
    """
    tag = language.strip().lower().replace("_", "-").partition("-")[0]
    return _SAME.get(tag, tag)


def _alternates(name: str) -> set[str]:
    """A name and how else it is typed: without nuqta, with anusvara for m before b, short i.

    >>> sorted(_alternates("नवम्बर"))
    ['नवंबर', 'नवम्बर']
    """
    found = {name}
    if name.isascii():
        return found
    for block in _INDIC & {ord(character) & ~0x7F for character in name}:
        m_b = chr(block + _M) + chr(block + _VIRAMA) + chr(block + _B)
        n_b = chr(block + _ANUSVARA) + chr(block + _B)
        long, short = chr(block + _II), chr(block + _I)
        found |= {one.replace(chr(block + _NUQTA), "") for one in found}
        found |= {one.replace(m_b, n_b) for one in found}
        found |= {one.replace(n_b, m_b) for one in found}
        found |= {one.removesuffix(long) + short for one in found if one.endswith(long)}
        found |= {one.removesuffix(short) + long for one in found if one.endswith(short)}
    return found


def _folded(name: str) -> str:
    return normal.key(normal.nfc(name.replace("~", " "))).rstrip(".॰:")


def _listed(lines: Iterable[str]) -> Iterable[tuple[str, int]]:
    for line in lines:
        for number, spellings in enumerate(line.split("/"), 1):
            for name in spellings.split():
                for spelling in _alternates(_folded(name)):
                    yield spelling, number


@cache
def _own(language: str) -> Mapping[str, Any]:
    """CLDR's own data of a language.

    Without what it inherits: babel resolves an alias of the root once, for whichever language is
    read first, and Arabic has Hindi months then. And not by ``localedata.load``, which gives again
    what it gave first: all that is inherited, once a library has asked for the language so.
    """
    if not language.replace("_", "").isalpha() or not localedata.exists(language):
        return {}
    held = Path(localedata.resolve_locale_filename(language)).read_bytes()
    own: dict[str, Any] = pickle.loads(held)  # noqa: S301
    return own


def _cldr(data: Mapping[str, Any], part: str) -> Iterable[tuple[str, int]]:
    contexts = data.get(part, {})
    for context in ("format", "stand-alone"):
        widths = contexts.get(context)
        for width in ("wide", "abbreviated"):
            names = widths.get(width) if isinstance(widths, dict) else None
            for number, name in (names if isinstance(names, dict) else {}).items():
                for spelling in _alternates(_folded(str(name))):
                    yield spelling, number


def _related(language: str) -> list[str]:
    family: list[str] = next((each for each in _FAMILIES if language in each), [])
    return ["en", language, *(each for each in family if each != language)]


@cache
def months(language: str) -> dict[str, Month]:
    """Month names that a page in `language` may use; English ones are always among them.

    >>> months("ne")["कार्तिक"], months("hi")["अक्तूबर"].number, "कार्तिक" in months("hi")
    (Month(calendar='bikram', number=7), 10, False)
    """
    language = base(language)
    found: dict[str, Month] = {}
    for languages, calendar, lines in _LISTED:
        if language in languages:
            found.update({name: Month(calendar, number) for name, number in _listed(lines)})
    for tag in _related(language):
        names = [*_cldr(_own(tag), "months"), *_listed([_SPELLINGS.get(tag, "")])]
        for name, number in names:
            found.setdefault(name, Month("gregorian", number))
    return {name: month for name, month in found.items() if name and not name.isdigit()}


@cache
def weekdays(language: str) -> frozenset[str]:
    """Names of the days of the week in `language` and in English.

    >>> "शुक्रवार" in weekdays("hi"), "fri" in weekdays("hi")
    (True, True)
    """
    return frozenset(
        name for tag in _related(base(language)) for name, _ in _cldr(_own(tag), "days") if name
    )


@cache
def order(language: str) -> Order:
    """The order of day, month and year in figures, by CLDR's short date; empty where in doubt.

    English is written both ways, unless the tag says whose it is. For Odia CLDR has the American
    order, which no Indian newspaper uses, so that it is no evidence.

    >>> order("bn"), order("fa"), order("en"), order("en-IN"), order("und")
    ('dmy', 'ymd', '', 'dmy', '')
    """
    name, _, region = language.strip().replace("_", "-").partition("-")
    tag = base(name)
    if tag in {"or", "ks"}:
        return ""
    if tag == "en":  # a default of many systems says American of pages that are not
        tag = f"en_{region.upper()}" if region.isalpha() and region.upper() != "US" else ""
    pattern = str(getattr(_own(tag).get("date_formats", {}).get("short"), "pattern", ""))
    shown = "".join(dict.fromkeys(c.lower() for c in pattern if c in "dMy"))
    return shown if shown in ("dmy", "mdy", "ymd") else ""  # type: ignore[return-value]
