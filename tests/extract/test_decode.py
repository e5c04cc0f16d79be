"""Bytes to text: the text that a reader saw, and a clear refusal for what is no page."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.errors import Uncleanable
from archiver.extract import charsets, decode
from archiver.extract.page import MAX_BYTES
from tests.each import each
from tests.extract import cases_charset as cases
from tests.extract.laid import page

HINDI = "<p>दिल्ली में बारिश हुई।</p>"
LATIN = "<html><head><meta charset=utf-8></head><p>The bridge was opened.</p></html>"


@each(
    "case",
    [*cases.DECLARED, *cases.UNDECLARED, *cases.WRONG, *cases.UTF16],
)
def test_bytes_become_the_text_that_was_written(case: cases.Case) -> None:
    """Declared, undeclared, under a wrong header, and in UTF-16 with a mark and without."""
    got = decode.decode(case.body, case.header)
    assert (got.text, got.suspect) == (case.text, "")
    assert got.charset == case.charset or not case.charset


@pytest.mark.parametrize("case", cases.TORN, ids=lambda case: f"{case.what} {case.header}")
def test_a_torn_page_loses_its_torn_character_only(case: cases.Case) -> None:
    """What stands around it is read as ever, and the damage is counted."""
    got = decode.decode(case.body, case.header)
    assert got.text[: len(case.text) - 70] == case.text[: len(case.text) - 70]
    assert 0 < got.damaged <= 4


@each(("start", "codec"), cases.PRESCAN)
def test_a_page_names_its_charset_as_the_html_standard_finds_it(
    start: bytes, codec: str | None
) -> None:
    """In a meta that is one, not in comments, values or closing tags."""
    assert charsets.in_page(start) == codec


@each(("what", "body"), cases.SUSPECT)
def test_text_that_is_no_language_is_suspect(what: str, body: bytes) -> None:
    """Typed for a font, encoded twice, or replaced before it was sent."""
    assert decode.decode(body).suspect


@each(("what", "body"), cases.HONEST)
def test_no_language_and_no_listing_is_suspect(what: str, body: bytes) -> None:
    """Not capitals, code, base64, tables, nor any language of any script."""
    assert decode.decode(body).suspect == ""


def test_what_was_encoded_twice_is_read_where_all_of_it_can_be() -> None:
    """The bytes stay as they are in the archive; the flag says what was done."""
    text = cases.TEXTS["hi"]
    got = decode.decode(text.encode().decode("latin-1").encode())
    assert (got.text, got.suspect) == (text, "mojibake-repaired")


def test_letters_of_a_font_are_flagged_and_have_no_language() -> None:
    """So that nobody takes them for Latin words, or for Hindi that was told by its tag."""
    font = page(dict(cases.SUSPECT)["Kruti Dev"])
    assert (font.language, "legacy-font" in font.flags) == ("und", True)


@pytest.mark.parametrize("what", ["hashtags", "Sanskrit in ITRANS", "names", "formulas"])
def test_odd_words_are_not_taken_for_letters_of_a_font(what: str) -> None:
    """Nor is their page flagged."""
    assert not any("font" in flag for flag in page(dict(cases.HONEST)[what]).flags)


@pytest.mark.parametrize(
    ("mark", "charset"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_over_the_header(mark: bytes, charset: str) -> None:
    got = decode.decode(mark + HINDI.encode(charset), "text/html; charset=windows-1252")
    assert (got.text, got.charset, got.damaged) == (HINDI, charset, 0)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_by_its_zeros(charset: str) -> None:
    body = LATIN.encode(charset)
    decode.refuse_binary(body)
    assert decode.decode(body).text == LATIN


@pytest.mark.parametrize(
    ("label", "charset"),
    [("utf-16le", "utf-16-le"), ("UTF-16", "utf-16-le"), ("utf-16be", "utf-16-be")],
)
@pytest.mark.parametrize(
    "text", ["वर्षा हुई", "今天早上，河上的新桥 x", "<p>十一月一日一</p>", HINDI, "Дождь шёл"]
)
def test_utf16_that_the_header_names_holds(label: str, charset: str, text: str) -> None:
    """However few zero bytes would tell it; a meta's UTF-16 means UTF-8, for it could be read."""
    header = f"text/html; charset={label}"
    body = text.encode(charset)
    decode.refuse_binary(body, header)
    got = decode.decode(body, header)
    assert (got.text, got.charset) == (text, charset)
    meta = f'<meta charset="{label}">{text}'
    assert decode.decode(meta.encode()).text == meta


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "utf-16-be"])
def test_a_header_that_names_utf16_wrongly_does_not_hold(charset: str) -> None:
    """Bytes without zeros are none, nor those with zeros on the other side."""
    text = "<p>Дождь шёл весь день, и река поднялась.</p>" * 4
    got = decode.decode(text.encode(charset), "text/html; charset=utf-16le")
    assert got.text == text


def test_utf8_under_a_wrong_header_is_utf8() -> None:
    got = decode.decode(HINDI.encode(), "text/html; charset=iso-8859-1")
    assert (got.text, got.charset) == (HINDI, "utf-8")


def test_latin1_is_read_as_browsers_read_it() -> None:
    got = decode.decode("“café”".encode("cp1252"), "text/html; charset=ISO-8859-1")
    assert (got.text, got.charset) == ("“café”", "cp1252")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("windows-1256", "<p>نزل المطر على المدينة صباح اليوم</p>"),
        ("windows-1252", "<p>Ça va très bien à l’été</p>"),
        ("windows-1251", "<p>Дождь шёл весь день</p>"),
        ("tis-620", "<p>ฝนตกทั้งวัน</p>"),
    ],
)
def test_a_declared_charset_is_believed_from_header_or_page(charset: str, text: str) -> None:
    codec = {"tis-620": "cp874"}.get(charset, charset)
    by_header = decode.decode(text.encode(codec), f"text/html; charset={charset}")
    page_says = f'<meta charset="{charset}">{text}'
    by_page = decode.decode(page_says.encode(codec))
    assert (by_header.text, by_page.text) == (text, page_says)


def test_an_undeclared_charset_is_detected() -> None:
    text = "<p>" + "نزل المطر على المدينة صباح اليوم وخرج الناس إلى الشوارع. " * 20 + "</p>"
    got = decode.decode(text.encode("windows-1256"))
    assert got.text == text


def test_a_torn_character_leaves_the_rest_readable() -> None:
    body = (HINDI * 30).encode()
    got = decode.decode(body[:100] + b"\xe0\xa4" + body[102:], "text/html")
    assert got.charset == "utf-8"
    assert 0 < got.damaged <= 4
    assert HINDI in got.text


def test_a_damaged_page_says_so() -> None:
    assert any(
        flag.startswith("undecodable:") for flag in page((HINDI * 30).encode() + b"\xff").flags
    )


def test_an_unknown_charset_is_passed_over() -> None:
    assert decode.decode(b"plain", "text/html; charset=klingon").text == "plain"
    assert decode.decode(b"A caf\xe9", "text/html; charset=\x00;;=").text.startswith("A ")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"%PDF-1.7 \x00\x01", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"RIFF\x24\x00\x00\x00WEBP", "picture"),
        (bytes(range(256)) * 8, "no text"),
    ],
)
def test_what_is_no_page_is_refused_with_what_it_is(body: bytes, word: str) -> None:
    """Whatever the file is called and the server says."""
    with pytest.raises(Uncleanable) as refused:
        page(body)
    assert refused.value.stage == "decode"
    assert word in refused.value.reason
    assert refused.value.advice


def test_a_page_that_shows_nothing_is_refused() -> None:
    with pytest.raises(Uncleanable, match="shows no text") as refused:
        page("<html><head><title>t</title></head><body><script>x</script></body></html>")
    assert refused.value.stage == "extract"


def test_a_page_over_the_limit_is_refused_by_its_size() -> None:
    with pytest.raises(Uncleanable, match="limit"):
        page(b"<p>" + b"a" * MAX_BYTES)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_decode_or_are_refused(body: bytes, content_type: str) -> None:
    got = decode.decode(body, content_type)
    assert got.damaged == got.text.count("\ufffd") or got.damaged == 0


def test_a_body_of_utf8_is_its_own_text_in_utf8() -> None:
    for body in (HINDI.encode(), LATIN.encode()):
        assert decode.decode(body).utf8 == body
    assert decode.decode(codecs.BOM_UTF8 + HINDI.encode()).utf8 == b""


@given(
    st.binary(max_size=200) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore")),
    st.sampled_from(["", "text/html; charset=utf-8", "text/html; charset=latin-1"]),
)
@example(codecs.BOM_UTF8 + HINDI.encode(), "")
@example("नमस्ते".encode().decode("latin-1").encode(), "")
@example(HINDI.encode(), "")
def test_what_was_sent_as_utf8_is_the_text_in_utf8(body: bytes, content_type: str) -> None:
    got = decode.decode(body, content_type)
    assert got.utf8 in (b"", got.text.encode())


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["", "text/html; charset=gbk"]))  # fmt: skip
def test_utf8_comes_back_as_it_was(text: str, content_type: str) -> None:
    text = "é" + text  # neither a mark nor UTF-16 by its zeros
    if "\x00" not in text:
        assert decode.decode(text.encode(), content_type).text == text


@pytest.mark.parametrize(
    ("text", "content_type", "kind"),
    [
        ("<p>a", "text/plain; charset=utf-8", "text/plain"),
        ("a", "text/html", "text/html"),
        ("a", "application/xhtml+xml", "text/html"),
        ("<!DOCTYPE html><x>", "", "text/html"),
        ("a < b and c > d", "", "text/plain"),
        ("News\n\nIt rained.", "application/octet-stream", "text/plain"),
    ],
)
def test_the_media_type_is_the_declared_one_else_told_by_tags(
    text: str, content_type: str, kind: str
) -> None:
    assert decode.media_type(text, content_type) == kind


@pytest.mark.parametrize(
    "label", ["hex", "base64", "rot13", "zlib", "bz2", "uu", "quopri", "idna", "undefined", "cp037"]
)
def test_what_is_no_charset_of_a_page_is_not_obeyed(label: str) -> None:
    """Python's codecs that are none, and EBCDIC, are passed over in header and page alike."""
    body = f'<html><head><meta charset="{label}"></head><body><p>caf\xe9</p></body></html>'
    read = decode.decode(body.encode("cp1252"), f"text/html; charset={label}")
    assert read.text == body


def test_undeclared_western_text_is_read_as_western() -> None:
    """A rarer Latin charset is guessed only where a language speaks for it."""
    text = "Café été à Montréal. " * 20
    assert decode.decode(text.encode("cp1252")).text == text


def test_browsers_names_of_charsets_are_known() -> None:
    text = "今日は新しい橋が開通しました。"
    assert decode.decode(text.encode("cp932"), "text/html; charset=x-sjis").text == text
