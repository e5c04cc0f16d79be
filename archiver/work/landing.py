"""What a thread brought, stored: the answer, what it names, when it is asked for again.

A `Landed` and the run's transaction come in; rows go out. In the one thread that writes, and never
on the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from archiver.archive import frontier, hosts, store
from archiver.archive.queries import Due
from archiver.model import Fetched
from archiver.settings import Settings
from archiver.work import adding, backoff, cadence, discovery, forbidden
from archiver.work.adding import SiteFacts
from archiver.work.messages import Landed
from archiver.work.polite import Robots, Visitor, asked
from archiver.work.telling import Tell
from archiver.work.turns import Turns

# What becomes due while a run lasts is looked for this often, in seconds.
LOOK_EVERY = 60.0


class Landing:
    """Where the answers of one run are stored."""

    def __init__(
        self,
        settings: Settings,
        sites: Mapping[str, SiteFacts],
        visitor: Visitor,
        turns: Turns,
        clock: Callable[[], datetime],
        say: Tell,
        run: int,
        counts: Counter[str],
    ) -> None:
        """Take the parts of a run; `say` keeps a line until what it tells of is committed."""
        self.settings = settings
        self.sites = sites
        self.visitor = visitor
        self.turns = turns
        self.clock = clock
        self.say = say
        self.run = run
        self.counts = counts
        self.mapped: dict[str, Robots] = {}  # by origin, whose sitemap lines have been stored

    def store(self, c: Connection, landed: Landed) -> None:
        """Store what a thread brought, and let its origin rest."""
        self.turns.flying.discard(landed.origin)
        origins = {landed.origin}
        if landed.fetched is None:
            self.counts["visits"] -= not landed.chore
            self.turns.keep_host(c, landed.origin)
        else:
            self.counts[landed.fetched.outcome] += 1
            self.counts["requests"] += landed.fetched.requests
            self.counts["bytes"] += landed.fetched.wire_bytes
            origins |= self._answer(c, landed, landed.fetched)
            self.turns.keep_standing(c, landed.due, landed.fetched)
        for origin in asked(landed.fetched) if landed.fetched else [landed.origin]:
            self._keep_robots(c, origin, landed)
        self.turns.go_on(c, sorted(origins))

    def _answer(self, c: Connection, landed: Landed, fetched: Fetched) -> set[str]:
        """Store one answer, and what it names; the origins of these."""
        due, now = landed.due, self.clock()
        whole = fetched.outcome in backoff.WHOLE
        source = due.kind != "page"
        dead = source and fetched.outcome == "ok" and not landed.names
        sound = whole and not dead
        facts = self.facts(due)
        brought, origins = cadence.NOTHING, set[str]()
        if landed.names:
            brought, origins = discovery.add(c, due, landed.names, facts, now)
            self.counts["found"] += brought.new
        seconds, state = backoff.next_due(
            due,
            fetched,
            self.settings,
            now,
            dead=dead,
            brought=brought,
            stated=discovery.moment(due.stated_date),
            schedule=facts.schedule,
            timezone=facts.timezone,
        )
        at_once = seconds is not None and seconds < LOOK_EVERY
        self.turns.count(due, fetched, at_once=at_once)
        # What did not come whole or does not read must be sent again: asked for with its own
        # ETag, the server would only say that it has not changed. A 304 need not repeat them.
        etag, last_modified = due.etag, due.last_modified
        if sound:
            sent = {name.lower(): value for name, value in fetched.headers}
            standing = fetched.outcome == "not_modified"
            etag = sent.get("etag", etag if standing else None)
            last_modified = sent.get("last-modified", last_modified if standing else None)
        elif dead:
            etag = last_modified = None
        barred = discovery.tells_of_erased(c, landed.names, facts)
        stored = store.store_fetch(c, self.run, due.id, fetched, now, keep_body=not barred)
        store.schedule(
            c,
            due.id,
            due_at=None if seconds is None else now + timedelta(seconds=seconds),
            etag=etag,
            last_modified=last_modified,
            failures=0 if sound else due.failures + 1,
            state=state,
            fetched_at=now if whole else None,
        )
        if due.kind == "page" and stored.new:
            self.counts["snapshots"] += 1
            adding.note_forms(c, due.id, due.site, fetched, now)
        self._keep_failure(c, landed, fetched)
        return origins

    def scheduled(self) -> float:
        """Seconds of the longest wait that a site's own schedule has."""
        now = self.clock()
        own = ((one.schedule, one.timezone) for one in self.sites.values() if one.schedule)
        return max((cadence.longest(*one, now) for one in own), default=0.0)

    def facts(self, due: Due) -> SiteFacts:
        """What is known of a target's site."""
        return self.sites.get(due.site) or SiteFacts(due.site, None, frozenset(), ())

    def _keep_failure(self, c: Connection, landed: Landed, fetched: Fetched) -> None:
        """Put on record what went wrong with an answer, if anything did."""
        reason, stage, advice = fetched.reason, "fetch", "it is asked again later"
        if fetched.outcome in backoff.WHOLE or landed.fault:
            reason, stage, advice = landed.fault, "discover", "check the address of the source"
            if landed.due.kind == "page":
                stage = "fetch"
                advice = "have its site rendered: archiver add URL --render"
        if not reason:
            return
        now, target = self.clock(), landed.due.id
        store.store_failure(
            c, target=target, stage=stage, reason=reason, advice=advice, run=self.run, now=now
        )
        self.counts["failed"] += 1
        self.say(f"{landed.due.url}: {reason}", site=landed.due.site, url=landed.due.url)

    def _keep_robots(self, c: Connection, origin: str, landed: Landed) -> None:
        """Keep what an origin said of itself, where that is new."""
        answer = self.visitor.robots.get(origin)
        if answer is not None and self.mapped.get(origin) is not answer:
            self.mapped[origin] = answer
            facts, now = self.facts(landed.due), self.clock()
            before = hosts.get(c, origin) or hosts.Host(origin=origin)
            agent = self.settings.agent
            forbidden.look(c, before, answer, agent=agent, now=now, say=self.say)
            self.counts["found"] += discovery.add_of_robots(
                c, origin, answer.rules, landed.due, facts, now
            )
            frontier.keep(
                c,
                origin,
                robots_status=answer.status,
                robots_body=answer.body,
                robots_at=answer.at,
                robots_until=answer.until,
            )
        files = self.visitor.files.get(origin)
        if landed.chore and files is not None:
            frontier.keep(c, origin, files_at=files.at, tdmrep=files.tdmrep, ai_txt=files.ai_txt)
