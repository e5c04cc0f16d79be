"""Who is told of alarms, and how: rows of `alarm` in; a webhook, e-mail, and two files out.

A webhook and a mailbox are told once when an alarm opens and once when it closes: what was told is
on record, what could not be is tried again by the next look for a week. The webhook's address is
the operator's own word in the settings, so it may be a private one, and is asked as it stands,
unlike any address that a page names: with no redirect followed and no proxy of the environment.
"""

from __future__ import annotations

import smtplib
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

import httpx
from sqlalchemy import Engine

from archiver import __version__
from archiver.archive import alarms
from archiver.archive import engine as archive
from archiver.archive.alarms import Alarm
from archiver.errors import BadInput
from archiver.export.mending import NO_XML, mended
from archiver.settings import Settings
from archiver.text.terminal import safe
from archiver.work.telling import Tell

TIMEOUT = 10.0  # seconds, of a connection and of each answer
KEPT_UP = timedelta(days=7)  # what could not be told for so long is old news
_MOST = 20  # of one look: a mailbox is not flooded

Send = Callable[[Settings, Mapping[str, Any]], None]


def event(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `alarm` as it is told: JSON values."""
    return {
        "event": "opened" if row["opened"] is None else "closed",
        "alarm": row["id"] if row["opened"] is None else row["opened"],
        "site": row["site"],
        "cause": row["cause"],
        "day": row["day"],
        "at": f"{row['at'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **row["detail"],
    }


def subject(told: Mapping[str, Any]) -> str:
    """One line: what, where.

    >>> subject({"event": "closed", "site": "", "summary": "few new pages"})
    'archiver: closed: the whole archive: few new pages'
    """
    where = told["site"] or "the whole archive"
    return safe(f"archiver: {told['event']}: {where}: {told['summary']}")


def body(told: Mapping[str, Any]) -> str:
    """The alarm at length, as plain text."""
    return "\n".join(map(safe, _lines(told))) + "\n"


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield told["summary"]
    if told["event"] == "closed":
        yield f"closed on {told['day']}: {told['why']}"
        return
    yield f"since {told['day']}"
    for one in told["symptoms"]:
        share = 100 if one["of"] else 1
        unit = f" % of {one['of']}" if one["of"] else ""
        yield (
            f"- {one['site']}: {one['said']}: {one['value'] * share:.0f}{unit} in {one['days']} d,"
            f" usually {one['usual'] * share:.1f}"
        )
    for when in ("before", "now"):
        for page in told["evidence"][when]:
            yield f"{when}: {page['url']} {page['title']}: {page['begins'][:80]}"


def post(chosen: Settings, told: Mapping[str, Any]) -> None:
    """Send one event to the webhook as JSON. Raises OSError where it did not take it."""
    agent = {"User-Agent": f"{chosen.agent}/{__version__}"}
    try:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
            answer = client.post(chosen.alarm_webhook, json=dict(told), headers=agent)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
        # The address may hold a key: a fault's own words could show it.
        raise OSError(f"the webhook cannot be reached: {type(fault).__name__}") from None
    if not answer.is_success:
        raise OSError(f"the webhook answers HTTP {answer.status_code}")


def mail(chosen: Settings, told: Mapping[str, Any]) -> None:
    """Send one event by e-mail. Raises OSError, smtplib's own errors among them; BadInput."""
    server = urlsplit(chosen.alarm_smtp)
    if server.scheme not in {"smtp", "smtps"} or not server.hostname:
        raise BadInput("alarm_smtp: write smtp://host:port or smtps://user:password@host")
    message = EmailMessage()
    message["Subject"] = subject(told)[:200]
    message["To"] = chosen.alarm_mail
    message["From"] = chosen.contact if "@" in chosen.contact else chosen.alarm_mail
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    message.set_content(body(told))
    tls = ssl.create_default_context()
    if server.scheme == "smtps":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(
            server.hostname, server.port or 465, timeout=TIMEOUT, context=tls
        )
    else:
        opened = smtplib.SMTP(server.hostname, server.port or 25, timeout=TIMEOUT)
    with opened as connection:
        if server.username:
            if server.scheme == "smtp":
                connection.starttls(context=tls)  # no password goes out in the clear
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)


def send(engine: Engine, chosen: Settings, now: datetime, tell: Tell) -> int:
    """Tell whoever was not told yet; how many could not be told, which the next look tries."""
    failed = 0
    ways: list[tuple[str, str, Send]] = [
        ("webhook", chosen.alarm_webhook, post),
        ("mail", chosen.alarm_mail, mail),
    ]
    for channel, wanted, way in ways:
        if not wanted:
            continue
        with archive.read(engine) as c:
            waiting = alarms.untold(c, channel, now - KEPT_UP)
        for row in waiting[:_MOST]:
            try:
                way(chosen, event(row))
            except (OSError, smtplib.SMTPException, BadInput, ValueError) as fault:
                failed += 1
                tell(f"{channel}: {_one_line(fault)}; the next look tries again")
                break  # the others would fail as well, each after its time
            with archive.write(engine) as c:
                alarms.told(c, row["id"], channel, now)
    return failed


def _one_line(fault: Exception) -> str:
    return safe(" ".join(str(fault).split())[:200])


# Files


def atom(found: Sequence[Alarm], now: datetime) -> str:
    """The alarms as an Atom feed (RFC 4287), the newest first; ids are tag URIs (RFC 4151)."""
    entries = "".join(map(_entry, found))
    newest = max((one.closed_at or one.at for one in found), default=now)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        "<title>archiver: alarms</title>\n"
        "<id>tag:archiver.invalid,2026:alarms</id>\n"
        f"<updated>{_moment(newest)}</updated>\n"
        "<author><name>archiver</name></author>\n"
        f"{entries}</feed>\n"
    )


def _entry(one: Alarm) -> str:
    told = event(
        {
            **{name: getattr(one, name) for name in ("id", "site", "cause", "day", "at", "detail")},
            "opened": None,
        }
    )
    ended = (
        f"closed on {one.closed_day}: {one.closed_detail['why']}" if one.closed_at else "still open"
    )
    return (
        "<entry>\n"
        f"<title>{_xml(subject(told))}</title>\n"
        f"<id>tag:archiver.invalid,2026:alarm:{one.id}:{one.at.timestamp():.0f}</id>\n"
        f"<published>{_moment(one.at)}</published>\n"
        f"<updated>{_moment(one.closed_at or one.at)}</updated>\n"
        f'<content type="text">{_xml(body(told))}{_xml(ended)}</content>\n'
        "</entry>\n"
    )


def _xml(text: str) -> str:
    return escape(mended(text, NO_XML, Counter()))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def label(text: str) -> str:
    r"""A label's value in Prometheus' text format, which escapes three signs.

    >>> label('a"b\\c')
    'a\\"b\\\\c'
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def metrics(
    figures: Iterable[tuple[str, str, str, Iterable[tuple[Mapping[str, str], float]]]],
) -> str:
    """Prometheus' text format 0.0.4 of (name, type, help, [(labels, value)]).

    By hand: a library of registries and collectors would print these lines and no others.

    >>> print(metrics([("up", "gauge", "Whether.", [({"site": "a"}, 1.0)])]), end="")
    # HELP up Whether.
    # TYPE up gauge
    up{site="a"} 1
    """
    lines = []
    for name, kind, told, values in figures:
        lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
        for labels, value in values:
            inside = ",".join(f'{key}="{label(one)}"' for key, one in labels.items())
            lines.append(f"{name}{{{inside}}} {value:.15g}" if inside else f"{name} {value:.15g}")
    return "\n".join([*lines, ""])
