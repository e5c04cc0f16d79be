"""What publishers reserve: statements of every kind, and what is none."""

from __future__ import annotations

import pytest

from archiver.fetch import reservations
from tests.each import each


@each(
    ("name", "value", "reason"),
    [
        ("tdm-reservation", "1", "tdm-reservation: 1"),
        ("meta tdm-reservation", "1", "tdm-reservation: 1"),
        ("tdmrep.json tdm-reservation", "1", "tdm-reservation: 1"),
        ("tdm-reservation", "0", ""),
        ("tdm-policy", "https://news.example/policy.json", ""),
        ("x-robots-tag", "noindex, noai", "robots: noai"),
        ("meta robots", "NOAI, noimageai", "robots: noai"),
        ("meta archiver", "noml", "robots: noml"),
        ("meta robots", "noimageai", ""),
        ("meta robots", "index, follow, max-snippet:-1", ""),
        ("x-robots-tag", "noarchive", "robots: noarchive"),
        ("robots.txt content-signal", "search=yes, ai-train=no", "content-signal: ai-train=no"),
        ("content-signal", "ai-train = NO,search=yes", "content-signal: ai-train=no"),
        ("content-signal", "ai-input=no, ai-train=yes", ""),
        ("content-usage", "train-ai=n", "content-usage: train-ai=n"),
        ("robots.txt content-usage", "bots=n", "content-usage: bots=n"),
        ("content-usage", "bots=n, train-ai=y", ""),
        ("ai.txt", "disallowed", "ai.txt: disallowed"),
        ("ai.txt", "allowed", ""),
        ("link license", "https://news.example/no-ai-train=no", ""),
    ],
)
def test_each_statement_means_what_its_source_says(name: str, value: str, reason: str) -> None:
    assert reservations.reserved([("html license", "x"), (name, value)]) == reason


@pytest.mark.parametrize("agent", reservations.TRAINING_AGENTS)
def test_who_shuts_out_who_trains_reserves_that_part_of_a_site(agent: str) -> None:
    body = f"User-agent: *\nAllow: /\n\nUser-agent: {agent}\nDisallow: /news/\n".encode()
    shut = reservations.shut_out(body, "https://news.example/news/a")
    assert shut == f"robots.txt: {agent} is shut out"
    assert reservations.shut_out(body, "https://news.example/open/a") == ""
    assert reservations.shut_out(b"", "https://news.example/news/a") == ""
