"""Site files: read with the line of each fault, changed by a line, put in force."""

from __future__ import annotations

import csv
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import frontier, queries
from archiver.archive import tables as t
from archiver.errors import BadInput, BadRules
from archiver.model import Found
from archiver.work import adding, agenda, site_files, site_tables, sites
from archiver.work.site_files import SiteFile
from tests.work.serving import clock

ONE = 'home = "https://news.example/"\nfeeds = ["/feed"]\n'


@pytest.fixture
def engine(archive_url: str) -> Engine:
    return archive.connect(archive_url)


def faults(text: str, tmp_path: Path) -> list[str]:
    file = tmp_path / "a.toml"
    file.write_text(text, "utf-8")
    return [str(one) for one in site_files.read(tmp_path)[1]]


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        (ONE + "\nfeed = []\n", 4, "no such key"),
        (ONE + "pause = -1\n", 3, "0 to 86400"),
        (ONE + "pause = nan\n", 3, "0 to 86400"),
        (ONE + 'enabled = "yes"\n', 3, "true or false"),
        (ONE + 'schedule = "often"\n', 3, "neither an interval"),
        (ONE + 'schedule = "999999w"\n', 3, "366d, is the longest"),
        (ONE + 'timezone = "Mars"\n', 3, "no such zone"),
        (ONE + 'hosts = "x"\n', 3, "list of texts"),
        (ONE + 'hosts = ["https://e.news.example/"]\n', 3, "is no host"),
        (ONE + 'name = "a\\nb"\n', 3, "control"),
        (ONE + 'allow_private = ["x"]\n', 3, "HOST:PORT"),
        (ONE + 'allow_private = ["a.example:80",\n "10.0.0.1:99999"]\n', 3, "HOST:PORT"),
        (ONE + 'allow_private = ["[::1]:0"]\n', 3, "HOST:PORT"),
        (ONE + 'contact = "खबर@a.example"\n', 3, "ASCII"),
        ('name = "x"\n', 1, "home is missing"),
        ('\nhome = "ftp://x/"\n', 2, "home: "),
        ('home = "https://a.example/"\n', 1, "nothing to ask for"),
        ('home = "https://a.example/"\nfeeds = ["javascript:x"]\n', 2, "feeds: "),
        (f"[[site]]\n{ONE}\n[[site]]\n{ONE}", 5, "already"),
        (f"[[site]]\n{ONE}\n[[site]]\n{ONE}pause = true\n", 8, "pause = True"),
        (f"\n[site]\n{ONE}", 2, "[[site]]"),
        ('\nsite = [{ home = "https://a.example/", feed = [] }]\n', 2, "site 1 of the list: feed"),
        ("site = [1]\n", 1, "site 1 of the list"),
        (f"pause = 1\n[[site]]\n{ONE}", 1, "pause: it stands in no [[site]]"),
    ],
)
def test_a_fault_is_named_with_its_file_and_line(
    text: str, line: int, fault: str, tmp_path: Path
) -> None:
    (told,) = faults(text, tmp_path)
    assert f"a.toml, line {line}: " in told
    assert fault in told


def test_a_file_that_is_no_toml_is_told_with_the_line(tmp_path: Path) -> None:
    assert "line 2" in faults("a = 1\nb = \n", tmp_path)[0]
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\0")
    assert "cannot be read" in str(site_files.read(tmp_path)[1][0])


def test_what_is_no_file_is_named_and_nobody_waits_for_it(tmp_path: Path) -> None:
    """A pipe has no end until somebody writes; the sites beside it are read."""
    (tmp_path / "a.toml").write_text(ONE, "utf-8")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "device.toml").symlink_to("/dev/zero")
    sites, faults, _ = site_files.read(tmp_path)
    assert [one.host for one in sites] == ["news.example"]
    assert all("is no file" in str(one) for one in faults)
    named = [str(one).partition(":")[0].rpartition("/")[2] for one in faults]
    assert named == ["device.toml", "folder.toml", "pipe.toml"]


def test_other_hosts_are_compared_as_urls_have_them(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ONE + 'hosts = ["E.News.Example"]\n', "utf-8")
    (site,) = site_files.read(tmp_path)[0]
    facts = adding.SiteFacts(site.host, None, frozenset(site.hosts), ())
    assert len(adding.own_urls([Found(url="https://e.news.example/a")], facts)) == 1


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20).map(str.strip)


@given(TEXTS, TEXTS, st.booleans(), st.none() | st.floats(0, 86400))
def test_what_is_written_reads_back(
    name: str, kind: str, enabled: bool, pause: float | None
) -> None:
    site = SiteFile(
        home="https://news.example/",
        name=name,
        kind=kind,
        enabled=enabled,
        pause=pause,
        feeds=("https://news.example/feed",),
    )
    import tomllib  # noqa: PLC0415

    assert site_files.checked(tomllib.loads(site_files.written(site))) == site


@given(st.text(max_size=30))
def test_no_text_makes_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("sites")
    (folder / "a.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    site_files.read(folder)


def test_switching_changes_one_line(tmp_path: Path) -> None:
    """Comments, order and the other sites stay."""
    file = tmp_path / "many.toml"
    text = f"# mine\n[[site]]\n{ONE}[[site]]  # b\n{ONE.replace('news', 'b')}enabled = true  # for now\n"
    file.write_text(text, "utf-8")
    by_host = {one.host: one for one in site_files.read(tmp_path)[0]}
    off = site_files.edited(file, by_host["b.example"], enabled=False)
    assert off == text.replace("enabled = true  #", "enabled = false  #").replace(
        "false  #", "false #"
    )
    off = site_files.edited(file, by_host["news.example"], enabled=False)
    assert off == text.replace("# mine\n[[site]]\n", "# mine\n[[site]]\nenabled = false\n")


def test_a_table_goes_out_and_comes_back(tmp_path: Path) -> None:
    """And no cell of it is a formula."""
    known = [
        SiteFile(
            home="https://a.example/",
            name='=HYPERLINK("x")',
            feeds=("https://a.example/f", "https://a.example/g"),
            pause=2.5,
            render=True,
        ),
        SiteFile(home="https://b.example/", name="'quoted", enabled=False, schedule="@daily"),
    ]
    table = tmp_path / "t.csv"
    with table.open("w", encoding="utf-8", newline="") as out:
        assert site_tables.write(known, out) == 2
    with table.open(encoding="utf-8", newline="") as back:
        cells = [cell for row in csv.reader(back) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    first, second = site_tables.read(table)
    assert first == known[0]
    assert isinstance(second, BadRules)  # its schedule is none
    assert "line 3" in str(second)
    assert "@daily" in str(second)


def test_a_table_of_a_spreadsheet_elsewhere_is_read(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_bytes(
        "\ufeffHome;feeds;pause;enabled\r\nhttps://a.example/;/f;2,5;WAHR\r\n;;;\r\n".encode()
    )
    (one,) = site_tables.read(table)
    assert isinstance(one, SiteFile)
    assert (one.host, one.pause, one.enabled) == ("a.example", 2.5, True)
    table.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(BadInput, match="line 1"):
        list(site_tables.read(table))


def test_of_what_a_table_says_twice_nothing_is_lost_in_silence(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("home,feeds\nhttps://a.example/,/f\nhttps://A.example/,/g\n", "utf-8")
    first, second = site_tables.read(table)
    assert isinstance(first, SiteFile)
    assert "line 3: a.example is told in line 2 already" in str(second)
    table.write_text("home,feeds,Feeds\nhttps://a.example/,/f,/g\n", "utf-8")
    with pytest.raises(BadInput, match="two columns are called 'feeds'"):
        list(site_tables.read(table))


def test_starters_are_sound_and_disabled() -> None:
    known = sites.starters()
    assert len({one.host for one in known}) == len(known) > 100
    assert not [one.host for one in known if one.enabled or one.feeds or one.sitemaps]
    assert all(one.name and one.language and one.country and one.kind for one in known)


# In force


def test_files_are_put_in_force_once_and_dated(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "news.toml"
    file.write_text(ONE + 'sitemaps = ["/map.xml"]\n', "utf-8")
    assert sites.take(engine, tmp_path, clock()).changed == ("news.example",)
    assert sites.take(engine, tmp_path, clock()).changed == ()
    file.write_text(ONE + 'schedule = "6h"\n', "utf-8")
    assert sites.take(engine, tmp_path, clock()).changed == ("news.example",)
    with archive.read(engine) as c:
        assert [one.url for one in frontier.sources(c, "news.example")] == [
            "https://news.example/feed"
        ]
        assert len(c.execute(select(t.site_config)).all()) == 2
    file.write_text(ONE + 'sitemaps = ["/map.xml"]\n', "utf-8")
    sites.take(engine, tmp_path, clock())
    with archive.read(engine) as c:
        assert len(frontier.sources(c, "news.example")) == 2  # followed again
    engine.dispose()


def test_a_file_that_breaks_or_goes_ends_no_collection(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "news.toml"
    file.write_text(ONE, "utf-8")
    sites.take(engine, tmp_path, clock())
    file.write_text(ONE + "pause = \n", "utf-8")
    taken = sites.take(engine, tmp_path, clock())
    assert (taken.changed, len(taken.faults)) == ((), 1)
    with pytest.raises(BadInput, match=r"news\.toml"):  # still its file's
        adding.add(engine, "news.example", [], {"pause": 1}, clock())
    file.unlink()
    said = list[str]()
    sites.take(engine, tmp_path, clock()).tell(lambda message, **_: said.append(message))
    assert [line.partition(";")[0] for line in said] == [
        "news.example: no file tells of it any more"
    ]
    adding.add(engine, "news.example", [], {"pause": 1}, clock())
    sites.take(engine, tmp_path / "missing", clock())
    with archive.read(engine) as c:
        assert len(frontier.sources(c, "news.example")) == 1
        assert queries.sites(c)[0].config["pause"] == 1
    engine.dispose()


def test_a_page_may_be_added_to_a_site_with_a_file_and_a_source_not(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "news.toml").write_text(ONE, "utf-8")
    sites.take(engine, tmp_path, clock())
    page = Found(url="https://news.example/a")
    assert adding.add(engine, "news.example", [page], {}, clock()).new == 1
    feed = Found(url="https://news.example/f2", kind="feed")
    with pytest.raises(BadInput, match="edit that"):
        adding.add(engine, "news.example", [feed], {}, clock())
    engine.dispose()


def test_who_is_disabled_is_not_asked(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "news.toml").write_text(ONE, "utf-8")
    (tmp_path / "b.toml").write_text(ONE.replace("news", "b"), "utf-8")
    (tmp_path / "off.toml").write_text(ONE.replace("news", "off") + "enabled = false\n", "utf-8")
    assert sites.take(engine, tmp_path, clock()).changed == ("b.example", "news.example")
    assert adding.enabled_sites(engine) == ()
    (tmp_path / "b.toml").write_text(ONE.replace("news", "b") + "enabled = false\n", "utf-8")
    sites.take(engine, tmp_path, clock())
    assert adding.enabled_sites(engine) == ["news.example"]
    assert [one.site for one in agenda.items(engine, clock())] == ["news.example"]
    with pytest.raises(BadInput, match="sites enable"):
        adding.enabled_sites(engine, ["b.example"])
    (tmp_path / "news.toml").write_text(ONE + "enabled = false\n", "utf-8")
    sites.take(engine, tmp_path, clock())
    with archive.read(engine) as c:
        hosts = adding.enabled_sites(engine)
        assert frontier.origins(c, clock() + timedelta(days=1), hosts) == []
        assert frontier.next_at(c, clock(), hosts) is None
    engine.dispose()
