"""Sites made up for `benchmarks.learning`: pages whose every line is known to be chrome or story.

Comes in: a family and a seed. Goes out: pages of one site with their lines, in two layouts, the
second from some day on. Words are made of a script's syllables, names of elements of Latin ones,
so no phrase table and no list of names knows them. The two families share no template: elements,
order, markup of boxes and paragraphs, and the wording of chrome are different.

What makes it hard: elements without names, names that change from page to page, lines of stories
that come again (columns, agencies, a series' opening, refrains, subheadings, quotations, lists of
sources that are links), a column with a template of its own, and a line that is chrome in the old
layout and a subheading in the new one.
"""

from __future__ import annotations

import html
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_SCRIPTS = {  # letters to begin a syllable with, signs to end it with, the stop
    "hi": ("कखगघचजटडतदनपबमयरलवशसह", ["ा", "ि", "ी", "ु", "े", "ो", ""], "।"),
    "bn": ("কখগঘচজটডতদনপবমযরলশসহ", ["া", "ি", "ী", "ু", "ে", "ো", ""], "।"),
    "ta": ("கசடணதநபமயரலவழளறன", ["ா", "ி", "ீ", "ு", "ே", "ை", ""], "."),
    "ur": ("بپتجچدرزسشفقکگلمنوہی", ["ا", "ی", "و", "ے", ""], "۔"),
    "en": ("bcdfghjklmnprstvw", ["a", "e", "i", "o", "u", "an", "er"], "."),
}
LANGUAGES = tuple(_SCRIPTS)
BEGUN = datetime(2026, 1, 5, 6, tzinfo=UTC)
_DAYS = 40
_TITLES = 30  # of other sites' and older stories, which teasers name as well
# How often stories have what comes again.
_COLUMN, _OWN_COLUMN, _SERIES, _HEADED_TOO, _QUOTED = 0.2, 0.1, 0.1, 0.3, 0.06
_POEM, _SOURCES, _SAID_AGAIN = 0.07, 0.1, 0.3
_HEADED, _AGENCY = (0.3, 0.45, 0.6), (0.3, 0.5, 0.75)  # by site
_NAMELESS = 0.2  # elements that a template gives no name


@dataclass(frozen=True, slots=True)
class Made:
    """One fetch of a page: its bytes, and its lines but the headline."""

    url: str
    at: datetime
    layout: int  # 0 before the change, 1 after it
    body: bytes
    chrome: tuple[str, ...]
    story: tuple[str, ...]


class Words:
    """Words of one script, made of a stock of syllables that the seed chooses."""

    def __init__(self, language: str, chance: random.Random) -> None:
        """Choose the stock."""
        letters, signs, self.stop = _SCRIPTS[language]
        self.chance = chance
        self._stock = [one + chance.choice(signs) for one in letters for _ in range(2)]
        self._latin = [a + b for a in _SCRIPTS["en"][0] for b in "aeiou"]
        self.capital = language == "en"

    def word(self) -> str:
        """One word."""
        return "".join(self.chance.choices(self._stock, k=self.chance.choice((2, 2, 3))))

    def words(self, least: int, most: int) -> str:
        """Some words."""
        said = " ".join(self.word() for _ in range(self.chance.randint(least, most)))
        return said[:1].upper() + said[1:] if self.capital else said

    def sentence(self, least: int = 9, most: int = 18) -> str:
        """Words that end with a stop."""
        return self.words(least, most) + self.stop

    def paragraph(self) -> str:
        """Some sentences."""
        return " ".join(self.sentence() for _ in range(self.chance.choice((2, 2, 3))))

    def name(self) -> str:
        """A name for a class or an id."""
        return "-".join("".join(self.chance.choices(self._latin, k=2)) for _ in range(2))


@dataclass(slots=True)
class Sheet:
    """A page as it is written: markup, and lines by what they are."""

    layout: Layout
    chance: random.Random
    parts: list[str] = field(default_factory=list)
    chrome: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    def put(self, markup: str, *, chrome: str = "", story: str = "") -> None:
        """Markup with at most one line in it; ``@name`` in it is that element's name."""
        for name, said in self.layout.named.items():
            markup = markup.replace(f" @{name}", said)
        self.parts.append(markup)
        self.chrome += [chrome] if chrome else []
        self.story += [story] if story else []

    def may(self, name: str, markup: str) -> None:
        """A piece of chrome, ``{}`` in its markup, on as many pages as the layout has it."""
        if self.layout.has(name):
            self.put(markup.format(self.layout.said[name]), chrome=self.layout.said[name])

    def links(self, markup: str, texts: Sequence[str], *, story: bool = False) -> None:
        """Each text as a link in the same markup."""
        for text in texts:
            link = f'<a href="/s/{self.chance.randrange(10**6)}">{html.escape(text)}</a>'
            self.put(markup.format(link), **{"story" if story else "chrome": text})


class Layout:
    """One template of one site: what it prints around and into stories, and how often."""

    def __init__(self, words: Words, chance: random.Random) -> None:
        """Choose names, wording and how often each piece of chrome is printed."""
        self.chance = chance
        elements = "page main entry related cards card promo news tags side foot nav listen sign"
        self.named = {
            name: self._attribute(words.name())
            for name in f"{elements} count wide row cell quote column sources".split()
        }
        say = words.words
        self.nav = [say(1, 2) for _ in range(7)]
        self.foot = [words.sentence(6, 12), say(3, 5)]
        lengths = {"promo": (5, 8), "box": (5, 9), "related": (2, 3), "cards": (2, 3)}
        lengths |= {"listen": (3, 5), "goes_on": (3, 5), "news": (3, 4), "signed": (2, 2)}
        lengths |= {"signed_on": (1, 1), "count": (1, 1), "ago": (1, 2)}
        self.said = {name: say(*both) for name, both in lengths.items()}
        self.said |= {"closing": words.sentence(14, 20), "news_more": words.sentence(8, 12)}
        self.often = {
            name: chance.choice((0.65, 0.8, 0.9, 1.0)) for name in (*self.said, "tags", "side")
        }
        self.often["goes_on"] = chance.choice((0.85, 0.95))
        for one in chance.sample(["promo", "box", "closing", "listen", "goes_on", "news"], 2):
            self.often[one] = 0.0

    def _attribute(self, name: str) -> str:
        if self.chance.random() < _NAMELESS:
            return ""
        return f' {self.chance.choice(("class", "class", "id"))}="{name}"'

    def has(self, name: str) -> bool:
        """Whether a page has this piece of chrome."""
        return self.chance.random() < self.often[name]


@dataclass(frozen=True, slots=True)
class Story:
    """What a page tells; `lines` are (element, text) in their order."""

    url: str
    title: str
    lines: tuple[tuple[str, str], ...]
    own: bool  # of the column that has a template of its own


class Site:
    """One site of a family, with its stories and all its layouts."""

    def __init__(self, family: str, language: str, seed: int, stories: int) -> None:
        """Make the site up."""
        self.language = language
        self.host = f"{family}-{language}-{seed}.example"
        self.chance = random.Random(f"{family} {language} {seed}")  # noqa: S311 - no secret
        self.words = words = Words(language, self.chance)
        self.build = _BUILDERS[family]
        self.layouts = (Layout(words, self.chance), Layout(words, self.chance))
        self.own = Layout(words, self.chance)
        self.change = self.chance.randint(15, 25)  # the day of the new layout
        say = words.words
        self.columns = [say(2, 4) for _ in range(5)]
        self.agencies = [f"({say(1, 1)})", f"({say(2, 2)})", say(1, 1)]
        del self.agencies[self.chance.randint(1, 3) :]
        self.headed, self.sourced = self.chance.choice(_HEADED), self.chance.choice(_AGENCY)
        self.series = words.sentence(8, 12)
        self.refrain = say(4, 6)
        self.headings = [say(2, 4) for _ in range(3)]
        self.quotes = [words.sentence(4, 6) for _ in range(3)]
        self.titles = [say(6, 9) for _ in range(_TITLES)]
        self.people = [say(2, 2) for _ in range(25)]
        self.stories = [self._story(number) for number in range(stories)]
        self.titles += [one.title for one in self.stories]

    def _story(self, number: int) -> Story:
        chance, words = self.chance, self.words
        own = chance.random() < _OWN_COLUMN
        lines: list[tuple[str, str]] = []
        if own or chance.random() < _COLUMN:
            lines.append(("column", self.columns[0] if own else chance.choice(self.columns[1:])))
        if chance.random() < _SERIES:
            lines.append(("p", self.series))
        lines += self._body()
        if chance.random() < _POEM:
            for _ in range(3):
                lines += [("p", words.words(4, 7)), ("p", words.words(4, 7)), ("p", self.refrain)]
            lines.append(("p", words.paragraph()))
        if chance.random() < _SOURCES:
            lines += [("source", words.words(3, 6)) for _ in range(3)]
        if own or chance.random() < self.sourced:
            lines.append(("p", self.series if own else chance.choice(self.agencies)))
        return Story(f"https://{self.host}/{number}", words.words(6, 9), tuple(lines), own)

    def _body(self) -> list[tuple[str, str]]:
        chance, words = self.chance, self.words
        lines: list[tuple[str, str]] = []
        for at in range(chance.randint(4, 8)):
            lines.append(("p", words.paragraph()))
            if at == 1 and chance.random() < self.headed:
                lines.append(("h3", self.headings[0]))
            elif at > 1 and chance.random() < _HEADED_TOO:
                lines.append(("h3", chance.choice([*self.headings[1:], words.words(3, 5)])))
            if chance.random() < _QUOTED:
                lines.append(("quote", chance.choice([*self.quotes, words.sentence(4, 8)])))
        return lines

    def pages(self) -> list[Made]:
        """Each story as it was fetched; one in six twice, in the old layout and in the new."""
        found = []
        for number, story in enumerate(self.stories):
            day = _DAYS * number // len(self.stories)
            found.append(self._made(story, day))
            if day < self.change and number % 6 == 0:
                found.append(self._made(story, self.change + day % (_DAYS - self.change)))
        return found

    def _made(self, story: Story, day: int) -> Made:
        of = int(day >= self.change)
        lines = list(story.lines)
        if of and self.chance.random() < _SAID_AGAIN:
            lines.insert(2, ("h3", self.layouts[0].said["listen"]))
        sheet = Sheet(self.own if story.own else self.layouts[of], self.chance)
        self.build(self, Story(story.url, story.title, tuple(lines), story.own), sheet)
        number = story.url.rpartition("/")[2]
        body = (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">'
            f"<title>{html.escape(story.title)}</title></head>"
            f'<body class="post-{number} in-{self.words.name()}">{"".join(sheet.parts)}</body>'
            "</html>"
        )
        at = BEGUN + timedelta(days=day, minutes=self.chance.randrange(900))
        return Made(story.url, at, of, body.encode(), tuple(sheet.chrome), tuple(sheet.story))

    def others(self, count: int) -> list[str]:
        """Headlines of other stories."""
        return self.chance.sample(self.titles, count)

    def sign(self, sheet: Sheet, markup: str) -> None:
        """A line that is different on every page, and begins the same."""
        said = sheet.layout.said
        if sheet.layout.has("signed"):
            day = f"{self.chance.randint(1, 28)} {self.words.word()}"
            line = f"{said['signed']} {self.chance.choice(self.people)} {said['signed_on']} {day}"
            sheet.put(markup.format(line), chrome=line)

    def count(self, sheet: Sheet, markup: str) -> None:
        """A line with a number."""
        said = sheet.layout.said
        if sheet.layout.has("count"):
            line = f"{said['count']} {self.chance.randint(1, 99)} {said['ago']}"
            sheet.put(markup.format(line), chrome=line)


# Of the first family: a column and a side column, paragraphs, lists of links.


def _first(site: Site, story: Story, sheet: Sheet) -> None:
    layout, put = sheet.layout, sheet.put
    put("<header><nav @nav><ul>")
    sheet.links("<li>{}</li>", layout.nav)
    put("</ul></nav></header><div @wide><main @main>")
    put(f"<h1>{story.title}</h1>")
    sheet.may("listen", "<div @listen><span>{}</span></div>")
    put(f'<div @entry data-id="{site.words.name()}">')
    middle = len(story.lines) // 2
    for at, (kind, text) in enumerate(story.lines):
        if at == 1:
            sheet.may("goes_on", "<p>{}</p>")
        if at == middle and layout.has("related"):
            label = layout.said["related"]
            put(f"<div @related><strong>{label}</strong><ul>", chrome=label)
            sheet.links("<li>{}</li>", site.others(3))
            put("</ul></div>")
        if at == middle + 1:
            sheet.may("box", "<div @promo><p>{}</p></div>")
        _first_line(sheet, kind, text)
    sheet.may("promo", "<p>{}</p>")
    sheet.may("closing", "<p>{}</p>")
    site.sign(sheet, "<p>{}</p>")
    put("</div>")
    _first_below(site, sheet)
    put("</main>")
    if layout.has("side"):
        put("<aside @side>")
        sheet.links("<h4>{}</h4>", site.others(6))
        put("</aside>")
    put("</div><footer @foot>")
    for one in layout.foot:
        put(f"<p>{one}</p>", chrome=one)
    put("</footer>")


def _first_line(sheet: Sheet, kind: str, text: str) -> None:
    markup = {
        "column": "<h2 @column>{}</h2>",
        "quote": "<blockquote @quote><p>{}</p></blockquote>",
        "h3": "<h3>{}</h3>",
        "p": "<p>{}</p>",
    }
    if kind == "source":
        sheet.links("<p @sources>{}</p>", [text], story=True)
    else:
        sheet.put(markup[kind].format(text), story=text)


def _first_below(site: Site, sheet: Sheet) -> None:
    layout, put = sheet.layout, sheet.put
    if layout.has("tags"):
        put("<div @tags>")
        for one in site.chance.sample(layout.nav + site.columns, 3):
            put(f'<a href="/t/{len(one)}">{one}</a> ')
        put("</div>")
    site.count(sheet, '<div @count><a href="#c">{}</a></div>')
    if layout.has("news"):
        put("<div @news>")
        put(f"<h4>{layout.said['news']}</h4>", chrome=layout.said["news"])
        put(f"<p>{layout.said['news_more']}</p></div>", chrome=layout.said["news_more"])
    if layout.has("cards"):
        label = layout.said["cards"]
        put(f"<section @cards><h3>{label}</h3>", chrome=label)
        for one in site.others(4):
            sheet.links("<div @card><h4>{}</h4>", [one])
            ago = f"{site.chance.randint(2, 23)} {layout.said['ago']}"
            put(f"<span>{ago}</span></div>", chrome=ago)
        put("</section>")


# Of the second family: divs in place of paragraphs, boxes as tables, figures and definition lists,
# chrome above the story, no main, no aside.


def _second(site: Site, story: Story, sheet: Sheet) -> None:
    layout, put = sheet.layout, sheet.put
    put("<div @page><div @nav>")
    sheet.links("<span>{}</span><br>", layout.nav)
    put("</div>")
    if layout.has("side"):
        put("<table @side>")
        sheet.links("<tr><td>{}</td></tr>", site.others(5))
        put("</table>")
    put(f"<div @main><h2>{story.title}</h2>")
    site.sign(sheet, "<div @sign>{}</div>")
    put("<article @entry>")
    sheet.may("listen", "<div>{}</div>")
    late = max(1, len(story.lines) - 2)
    for at, (kind, text) in enumerate(story.lines):
        if at == late:
            sheet.may("goes_on", "<div>{}</div>")
        if at == late and layout.has("related"):
            label = layout.said["related"]
            put(f"<dl @related><dt>{label}</dt>", chrome=label)
            sheet.links("<dd>{}</dd>", site.others(2))
            put("</dl>")
        if at == late - 1:
            sheet.may("box", "<figure @promo><div>{}</div></figure>")
        _second_line(sheet, kind, text)
    sheet.may("closing", "<div>{}</div>")
    sheet.may("promo", "<div>{}</div>")
    put("</article>")
    _second_below(site, sheet)
    put("</div><div @foot>")
    for one in layout.foot:
        put(f"<div>{one}</div>", chrome=one)
    put("</div></div>")


def _second_line(sheet: Sheet, kind: str, text: str) -> None:
    markup = {
        "column": "<div><b>{}</b></div>",
        "quote": "<div><q @quote>{}</q></div>",
        "h3": "<h3>{}</h3>",
        "p": "<div>{}</div>",
    }
    if kind == "source":
        sheet.links("<div><b @sources>{}</b></div>", [text], story=True)
    else:
        sheet.put(markup[kind].format(text), story=text)


def _second_below(site: Site, sheet: Sheet) -> None:
    layout, put = sheet.layout, sheet.put
    if layout.has("cards"):
        label = layout.said["cards"]
        put(f"<div @cards><div>{label}</div>", chrome=label)
        sheet.links("<div @cell>{}</div>", site.others(6))
        put("</div>")
    site.count(sheet, "<div @count>{}</div>")
    if layout.has("news"):
        put(f"<table @news><tr><th>{layout.said['news']}</th></tr>", chrome=layout.said["news"])
        more = layout.said["news_more"]
        put(f"<tr><td>{more}</td></tr></table>", chrome=more)


_BUILDERS: dict[str, Callable[[Site, Story, Sheet], None]] = {
    "development": _first,
    "held-out": _second,
}
FAMILIES = tuple(_BUILDERS)
