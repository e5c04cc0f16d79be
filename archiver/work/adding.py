"""Adding targets: what a user names, what a site's pages name, what a page calls itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.errors import BadInput, TryLater
from archiver.fetch import links, robots, urls
from archiver.model import Fetched, Found, Page, TargetKind

if TYPE_CHECKING:  # with it come the clients of HTTP, which an export does without
    from archiver.work.polite import Visitor

_NO_HOST = re.compile(r"[\s/?#@\\]|^$")  # what no host has, and would end one in a URL
_NAMED = 20  # sites that a message lists
NO_SITE = ""  # no site is called that
BATCH = 1000  # lines of a list that are stored together


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a site's configuration says for fetching."""

    host: str
    pause: float | None
    hosts: frozenset[str]  # other hosts whose URLs are the site's own
    private: tuple[str, ...]
    render: bool = False  # whether Chromium runs the scripts of its pages
    enabled: bool = True
    schedule: str = ""  # of its sources, see `cadence.wait`; empty: by what they bring
    timezone: str = ""
    contact: str = ""  # in the place of the setting

    @classmethod
    def of(cls, site: queries.Site) -> SiteFacts:
        """Read a configuration row."""
        config: dict[str, Any] = site.config
        pause = config.get("pause")
        return cls(
            site.host,
            None if pause is None else float(pause),
            frozenset(config.get("hosts", ())),
            tuple(config.get("allow_private", ())),
            bool(config.get("render", False)),
            bool(config.get("enabled", True)),
            str(config.get("schedule", "")),
            str(config.get("timezone", "")),
            str(config.get("contact", "")),
        )


@dataclass(frozen=True, slots=True)
class Added:
    """How many targets were new, and how many known ones are due again because they were named."""

    new: int
    due: int


def contacts(sites: Iterable[SiteFacts]) -> dict[str, str]:
    """The contacts that sites state, by each host that is theirs; its own host's site first."""
    stated = [site for site in sites if site.contact]
    found = {urls.bare(host): site.contact for site in stated for host in site.hosts}
    return found | {urls.bare(site.host): site.contact for site in stated}


def other_host(stated: str) -> str:
    """A host whose URLs are to be a site's own, as URLs are compared with it. Raises BadInput.

    >>> other_host("EPaper.News.Example"), other_host("news.example:8080")
    ('epaper.news.example', 'news.example:8080')
    """
    try:
        if not _NO_HOST.search(stated):
            return urls.site(f"http://{stated}/")
    except BadInput:
        pass
    raise BadInput(f"{stated!r} is no host; write it without https:// and path: e.news.example")


def own_urls(founds: Iterable[Found], facts: SiteFacts) -> list[Found]:
    """The URLs of `founds` that are the site's, in canonical form, each once."""
    own = {urls.bare(facts.host), *map(urls.bare, facts.hosts)}
    found: dict[str, Found] = {}
    for one in founds:
        try:
            url = urls.canonical(one.url)
            if urls.bare(urls.site(url)) in own:
                found.setdefault(url, Found(url=url, kind=one.kind, date=one.date, title=one.title))
        except BadInput:
            continue  # a feed names what it likes: mailto:, javascript:, broken ones
    return list(found.values())


def _joined(base: str, ref: str) -> str:
    try:
        return urls.join(base, ref)
    except BadInput:
        return ""  # a canonical link that is none names nothing


def other_names(
    c: Connection,
    target: queries.Named,
    page: Page,
    now: datetime,
    known: dict[str, SiteFacts | None] | None = None,
) -> None:
    """Note the other names of a page: where a redirect led, and what its canonical link says.

    A page's word is weaker than a server's: whoever names such a URL later gets a target of it.
    `known` has the sites that were read before, and takes in one that is read.
    """
    stated = page.metadata.canonical_url
    names = {page.url: store.ALIAS}
    if stated and (joined := _joined(page.url, stated)):
        names.setdefault(joined, store.CANONICAL)
    names.pop(target.url, None)
    known = {} if known is None else known
    if names and target.site not in known:
        site = queries.site(c, target.site)
        known[target.site] = None if site is None else SiteFacts.of(site)
    facts = known.get(target.site)
    if facts is None:
        return
    for name, state in names.items():
        for own in own_urls([Found(url=name)], facts):
            if own.url != target.url:
                store.add_alias(c, own.url, target.site, target.id, now, state=state)


def note_forms(c: Connection, target_id: int, site: str, fetched: Fetched, now: datetime) -> None:
    """Note the AMP and mobile forms that a page names as other names of it, so far as unknown.

    Like every page's word it is weak: a form that a feed, a sitemap or a user names is a target.
    """
    known = queries.site(c, site)
    forms = links.other_forms(fetched.body.decode("utf-8", "replace"), fetched.final_url)
    if known is None or not forms:
        return
    for own in own_urls([Found(url=form) for form in forms], SiteFacts.of(known)):
        store.add_alias(c, own.url, site, target_id, now, state=store.CANONICAL)


def check_sites(engine: Engine, hosts: Sequence[str]) -> None:
    """Raise BadInput for a site that is not in the archive, with those that are."""
    if not hosts:
        return
    with archive.read(engine) as c:
        known = [site.host for site in queries.sites(c)]
    for host in hosts:
        if host not in known:
            told = ", ".join(known[:_NAMED]) + (", …" if len(known) > _NAMED else "")
            there = f"there are {told}" if known else "there is none yet: `archiver add` makes one"
            raise BadInput(f"no site is called {host!r}; {there}")


def named_sites(engine: Engine, hosts: Sequence[str]) -> Sequence[str]:
    """These sites, or all where none is named. Raises BadInput for one that is not there."""
    check_sites(engine, hosts)
    if hosts:
        return hosts
    with archive.read(engine) as c:
        return [site.host for site in queries.sites(c)]


def enabled_sites(engine: Engine, hosts: Sequence[str] = ()) -> Sequence[str]:
    """List the sites that are fetched from: these, or all that are enabled, none standing for all.

    Raises BadInput for one that is not there, or is disabled.
    """
    check_sites(engine, hosts)
    with archive.read(engine) as c:
        known = {site.host: SiteFacts.of(site).enabled for site in queries.sites(c)}
    for host in hosts:
        if not known[host]:
            raise BadInput(f"{host} is disabled; run: archiver sites enable {host}")
    if hosts or all(known.values()):
        return hosts
    return [host for host, enabled in known.items() if enabled] or [NO_SITE]


def kind_of(url: str) -> TargetKind | None:
    """What a URL's path tells of it: a feed, a sitemap or a page; None for a site's root.

    >>> kind_of("https://news.example/feed/"), kind_of("https://news.example/")
    ('feed', None)
    """
    path = urls.split(url).target.partition("?")[0].lower().rstrip("/")
    last = path.rpartition("/")[2]
    if not path:
        return None
    if "sitemap" in last:
        return "sitemap"
    if last in {"feed", "rss", "atom"} or last.endswith((".rss", ".atom", ".xml", "feed.json")):
        return "feed"
    return "page"


def discover(visitor: Visitor, home: str, now: datetime) -> list[Found]:
    """The feeds that a home page links and the sitemaps that robots.txt names.

    Raises TryLater where the home page cannot be had, BadInput where neither names anything.
    """
    got = visitor.visit(home, now)
    if got.outcome not in {"ok", "truncated"}:
        raise TryLater(
            f"{home}: {got.reason}; try again later, or name its sources: "
            f"archiver sites new {home} --feed URL"
        )
    found = links.feeds(got.body.decode("utf-8", "replace"), got.final_url)
    answer = visitor.robots.get(urls.origin(got.final_url))
    if answer is not None:
        rules = robots.from_answer(answer.status, answer.body)
        found += [Found(url=url, kind="sitemap") for url in robots.sitemaps(rules)]
    if not found:
        raise BadInput(
            f"{home} names no feed and no sitemap; give them with --feed or --sitemap,"
            " or have its links watched with --as section"
        )
    return found


def add(
    engine: Engine, host: str, founds: Sequence[Found], config: dict[str, Any], now: datetime
) -> Added:
    """Add targets to a site, and `config` to what is configured for it; known ones are due now.

    URLs are stored in canonical form. Raises BadInput for one that is no http or https URL, and
    for a site with a file of its own, which alone says what is configured and followed there.
    """
    named = [
        Found(url=urls.canonical(one.url), kind=one.kind, date=one.date, title=one.title)
        for one in founds
    ]
    with archive.write(engine) as c:
        known = queries.site(c, host)
        told = bool(config) or any(one.kind != "page" for one in named)
        if known is not None and told and (file := known.config.get("file")):
            raise BadInput(f"{host} is configured by {file} in the folder of site files: edit that")
        if known is None or config:
            store.put_site(c, host, {**(known.config if known else {}), **config}, now)
        new = store.add_targets(c, host, named, None, now)
        return Added(new, store.make_due(c, [one.url for one in named], now))


def add_listed(
    engine: Engine, founds: Iterable[Found], config: dict[str, Any], now: datetime
) -> dict[str, Added]:
    """Add targets of any sites, each to the site that its host names; what came of it by site.

    They are stored as they are read, some at a time: a list may be longer than memory. Raises
    BadInput, as `add` does, for what is no URL; those of `cdx.parse` all are.
    """
    told: dict[str, Added] = {}
    remaining = iter(founds)
    while batch := list(islice(remaining, BATCH)):
        by_site: dict[str, list[Found]] = {}
        for found in batch:
            by_site.setdefault(urls.site(found.url), []).append(found)
        for site, own in by_site.items():
            more, before = add(engine, site, own, config, now), told.get(site, Added(0, 0))
            told[site] = Added(before.new + more.new, before.due + more.due)
    return told
