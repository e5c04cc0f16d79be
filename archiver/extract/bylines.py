"""The words of bylines, as data: what opens one, what parts its names, who is nobody.

All of it is matched by key (`normal.key`) or by letters (`squeezed`), so that spelling by keyboard
makes no difference.
"""

from __future__ import annotations

import re

from archiver.text import normal


def _keys(*lines: str) -> frozenset[str]:
    return frozenset(normal.key(normal.nfc(one)) for line in lines for one in line.split("/"))


def _either(*lines: str) -> str:
    words = (word.replace("~", " ") for line in lines for word in normal.nfc(line).split())
    return "|".join(re.escape(word) for word in words)


# "By" in the languages of the larger news sites, with what may stand before it, as bylines and
# share cards open.
_OPENINGS = (
    (r"by\b[\s:]*", "written posted reported published edited story text words article interview"),
    (
        r"von\s*:?\s+",
        "verfasst veröffentlicht geschrieben erstellt text artikel beitrag interview mitteilung",
    ),
    (r"par\s*:?\s+", "écrit publié recueillis texte"),
    (r"por\s*:?\s+", "escrito publicado texto redigido"),
)
_OPENING = "|".join(
    rf"(?:(?:ein |eine |propos )?(?:{_either(before)})(?: (?:and|&|und) \w+)? )?{by}"
    for by, before in _OPENINGS
)
# Roles of those who write, before a colon.
_ROLE = _either(
    "author authors autor autorin autoren auteur auteurs autore autores redakteur redakteurin",
    "redaktion journalist writer reporter text texte texto interview written words story report",
    "लेखक लेखिका रिपोर्ट रिपोर्टर लेखन द्वारा লেখক লিখেছেন প্রতিবেদক تحریر مصنف نویسنده نویسندگان خبرنگار",
    "எழுதியவர் రచన ಬರಹ എഴുതിയത് લેખક ਲੇਖਕ",
)
BY = re.compile(
    r"^\s*(?:.*\b(?:posts|articles|stories|beiträge|artikel) (?:by|von|par)\s+"
    rf"|{_OPENING}|(?:text und )?(?:{_ROLE})\s*[:：]\s*"
    r"|(?:author|autor(?:in)?)\s+(?=\S+ \S)|द्वारा\s+)",
    re.IGNORECASE,
)
# Between two names.
_AND = _either(
    "and & und et og och ve en im~Gespräch~mit in~conversation~with",
    "और एवं तथा এবং ও اور و మరియు மற்றும்",
)
BETWEEN = re.compile(rf"\s*[,;|،؛•·]\s*|\s+(?:{_AND})\s+")
# Letters that are also words of names ("Ortega y Gasset"): between two full names only.
BETWEEN_NAMES = re.compile(r"\s+[ye]\s+(?=\S+\s\S)")

# Who is nobody: keepers of the site, and reporters without a name. A bureau that is named by its
# town, an editorial office and an agency do sign stories, and stay.
NOBODY = _keys(
    "the/no author/unknown/guest/none/null/undefined/user/root/online/news/agency/agencies",
    "admin/administrator/administrador/superadmin/wordpressadmin/webadmin/siteadmin/webmaster",
    "editor/editors/news editor/author/staff/anonymous/contributor/contributors/publisher",
    "support/info/newsroom/news room/web team/news team/online team/reporter/our reporter",
    "staff reporter/staff writer/correspondent/our correspondent/special correspondent",
    "staff correspondent/our special correspondent/own correspondent",
    "संवाददाता/नगर संवाददाता/विशेष संवाददाता/निज संवाददाता/हमारे संवाददाता/प्रतिनिधि",
    "निज प्रतिनिधि/विशेष प्रतिनिधि/संपादक/बातमीदार/वार्ताहर",
    "প্রতিবেদক/নিজস্ব প্রতিবেদক/জ্যেষ্ঠ প্রতিবেদক/প্রতিনিধি/নিজস্ব প্রতিনিধি/বিশেষ প্রতিনিধি",
    "সংবাদদাতা/নিজস্ব সংবাদদাতা/রিপোর্টার/স্টাফ রিপোর্টার",
    "رپورٹر/اسٹاف رپورٹر/نمائندہ/نمائندہ خصوصی/نامہ نگار",
)
# "Web Desk", "ডেস্ক রিপোর্ট": a desk, wherever it is.
DESKS = tuple(
    sorted(
        _keys(
            "desk/डेस्क/ডেস্ক/ডেস্ক রিপোর্ট/ডেস্ক নিউজ/ڈیسک/ڈیسک رپورٹ",
            "டெஸ்க்/డెస్క్/ಡೆಸ್ಕ್/ഡെസ്ക്/ડેસ્ક/ਡੈਸਕ/ଡେସ୍କ",
        )
    )
)
# Class names by which content systems mark an author, and paths of authors' own pages.
CLASSES = re.compile(
    r"author|autor|auteur|byline|by-line|writer|reporter|journalist|redakteur|contributor|full-?name"
    r"|(?:^|\s)(?:fn|username|creator)(?:\s|$)",
    re.IGNORECASE,
)
PATHS = re.compile(
    r"/(?:authors?|autor(?:en|es|a|as)?|auteurs?|autori|profil(?:e|es)?|redaktion|reporters?"
    r"|writers?|journalists?|contributors?|columnists?|people|staff|members?|users?|team)[/-]\w",
    re.IGNORECASE,
)
# What stands in lower case inside a name.
PARTICLES = frozenset(
    "de del della der den di da do dos das du van von vom zu zur la le el al bin ibn ul bint y e i"
    " af av ten ter".split()
)
