"""What publishers reserve: signals of `signals.py` in, the reason why a text must not train models.

Pure. A publisher reserves by any one of these statements; nothing weighs one against another, and
what is not understood is no reservation. What each says is in the source named beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archiver.fetch import robots

if TYPE_CHECKING:
    from collections.abc import Iterable

# Product tokens that their operators document as asking for texts to train models or to make
# training corpora; who shuts out one of them reserves. Of others that do more than that (search
# and answers) nothing can be told.
TRAINING_AGENTS = (
    "GPTBot",  # platform.openai.com/docs/bots
    "Google-Extended",  # developers.google.com/search/docs/crawling-indexing
    "Applebot-Extended",  # support.apple.com/119829
    "ClaudeBot",  # support.claude.com, "Does Anthropic crawl data from the web"
    "CCBot",  # commoncrawl.org/ccbot
    "meta-externalagent",  # developers.facebook.com/docs/sharing/webmasters
)
# Directives of robots meta elements and X-Robots-Tag: DeviantArt's (2022), noml.info's, and that
# which forbids the copy itself.
_DIRECTIVES = re.compile(r"(?<![\w-])(noai|noml|noarchive)(?![\w-])", re.IGNORECASE)
_PAIR = re.compile(r"\s*([a-z-]+)\s*=\s*\"?([a-z0-9?]+)", re.IGNORECASE)
_NO = frozenset({"n", "no", "?0"})
# Categories of draft-ietf-aipref-vocab, the narrower first: it decides where it is stated.
_USAGES = ("train-genai", "train-ai", "bots")


def _stated(value: str) -> dict[str, str]:
    """The members ``name=value`` of a list, names and values in lower case."""
    pairs = (_PAIR.match(part) for part in re.split(r"[,;]", value))
    return {pair[1].lower(): pair[2].lower() for pair in pairs if pair}


def _reason(name: str, value: str) -> str:
    """Why one signal reserves, or nothing."""
    where, _, field = name.rpartition(" ")
    if field == "tdm-reservation":  # W3C TDM Reservation Protocol
        return "tdm-reservation: 1" if value.strip() == "1" else ""
    if field == "content-signal":  # contentsignals.org
        return "content-signal: ai-train=no" if _stated(value).get("ai-train") in _NO else ""
    if field == "content-usage":
        stated = _stated(value)
        first = next((usage for usage in _USAGES if usage in stated), "")
        return f"content-usage: {first}=n" if first and stated[first] in _NO else ""
    if name == "ai.txt":
        return "ai.txt: disallowed" if value == "disallowed" else ""
    if where == "meta" or field == "x-robots-tag":
        found = _DIRECTIVES.search(value)
        return f"robots: {found[1].lower()}" if found else ""
    return ""


def reserved(signals: Iterable[tuple[str, str]]) -> str:
    """Why texts with these signals must not train models; empty where nothing says so.

    >>> reserved([("link license", "https://l.example"), ("robots.txt content-signal",
    ...           "search=yes, ai-train=no")])
    'content-signal: ai-train=no'
    """
    return next(filter(None, (_reason(name, value) for name, value in signals)), "")


def shut_out(robots_txt: bytes, url: str) -> str:
    r"""Why a site's robots.txt reserves a page: it shuts out who collects for training.

    >>> shut_out(b"User-agent: GPTBot\nDisallow: /\n", "https://news.example/a")
    'robots.txt: GPTBot is shut out'
    """
    if not robots_txt:
        return ""
    for agent in TRAINING_AGENTS:
        if not robots.allowed(robots_txt, agent, url):
            return f"robots.txt: {agent} is shut out"
    return ""
