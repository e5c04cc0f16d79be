"""With every rule that ships: what reads like chrome and is the story stays, line for line."""

from __future__ import annotations

import pytest

from tests.clean.cleaned import html, plain
from tests.each import each

EN = (
    "The bridge over the river was opened again on Wednesday morning, two winters after the flood.",
    "About two hundred people waited in light rain for the ribbon to be cut by the oldest of them.",
    "The council will look after the lamps, and the buses take their old way again from Monday on.",
)
HI = (
    "पुल खुलने से दोनों गांवों के लोगों को बड़ी राहत मिली है और अब बच्चे समय पर स्कूल पहुंच रहे हैं।",
    "करीब दो सौ लोग हल्की बारिश में खड़े रहे और सबसे बुज़ुर्ग महिला ने फ़ीता काटकर पुल को खोल दिया।",
    "अब परिषद बत्तियों की देखभाल करेगी और सोमवार से स्कूल की बसें फिर पुराने रास्ते से ही चला करेंगी।",
)
BN = (
    "সেতুটি খুলে দেওয়ায় দুই গ্রামের মানুষ বড় স্বস্তি পেয়েছেন এবং শিশুরা এখন সময়মতো স্কুলে পৌঁছাতে পারছে।",
    "প্রায় দুই শ মানুষ হালকা বৃষ্টির মধ্যে দাঁড়িয়ে ছিলেন, আর সবচেয়ে প্রবীণ নারী ফিতা কেটে সেতুটি খুলে দেন।",
    "এখন থেকে পরিষদ বাতিগুলোর দেখাশোনা করবে এবং সোমবার থেকে স্কুলের বাস আবার পুরোনো পথেই চলাচল করবে।",
)
UR = (
    "پل کھلنے سے دونوں گاؤں کے لوگوں کو بڑی راحت ملی ہے اور اب بچے وقت پر اسکول پہنچ رہے ہیں اور سب خوش ہیں۔",
    "تقریباً دو سو لوگ ہلکی بارش میں کھڑے رہے اور سب سے بزرگ خاتون نے فیتہ کاٹ کر پل کو عوام کے لیے کھول دیا۔",
    "اب کونسل بتیوں کی دیکھ بھال کرے گی اور پیر سے اسکول کی بسیں پھر اپنے پرانے راستے سے ہی چلا کریں گی۔",
)
TA = (
    "பாலம் திறக்கப்பட்டதால் இரு கிராம மக்களும் பெரும் நிம்மதி அடைந்துள்ளனர், குழந்தைகள் நேரத்தில் பள்ளிக்குச் செல்கின்றனர்.",
    "சுமார் இருநூறு பேர் லேசான மழையில் காத்திருந்தனர், மிக மூத்த பெண்மணி நாடாவை வெட்டி பாலத்தைத் திறந்து வைத்தார்.",
    "இனி விளக்குகளை மன்றம் பராமரிக்கும், திங்கள் முதல் பள்ளிப் பேருந்துகள் பழைய வழியிலேயே மீண்டும் செல்லும்.",
)  # fmt: skip

INSIDE = {
    "en-agency-below": (EN, ["Nine people died when the bridge fell on 4 May 2025, the mayor has said."], ["AP"]),
    "en-app": (EN, ["Download our app, said the voice, and the loan will be yours before the evening comes."], []),
    "en-group": (EN, ["Join our WhatsApp group, the fraudsters told her, and she lost all that she had saved."], []),
    "en-newsletter": (EN, ["Subscribe to our newsletter, the bank's poster said, and nobody in the village did."], []),
    "en-login": (EN, ["Logged in as an administrator, the thief read every letter that the bank had sent."], []),
    "en-read-more": (EN, ["Read more: that is what the teacher told the children on the last day of school."], []),
    "hi-read": (HI, ["पढ़ें: यही वह शब्द था जो शिक्षक ने पहले दिन श्यामपट्ट पर बड़े अक्षरों में लिखा था।"], []),
    "en-table": (EN, ["Share", "Anna: 40 per cent", "Ravi: 30", "Sita: 30"], []),
    "en-trend": (EN, ["Trending now", "Millet", "Barley", "Sorghum"], []),
    "hi-list": (HI, ["साझा करें", "दुख", "सुख", "सपने"], []),
    "bn-list": (BN, ["শেয়ার", "বিমা", "ব্যাংক"], []),
    "ta-list": (TA, ["பகிர்", "அரிசி", "பால்"], []),
    "en-services": (EN, ["Facebook", "Instagram", "WhatsApp"], []),
    "en-media": (EN, ["Print", "Radio", "Email"], []),
    "en-verse": (EN, ["The river says,", "Read more", "of what I wrote", "Share"], []),
    "hi-verse": (HI, ["नदी कहती है", "और देखें", "जो मैंने लिखा"], []),
    "bn-picture": (BN, ["ছবি: শিল্পীর নিজের কথা"], []),
    "ur-picture": (UR, ["تصویر: ماں اور دریا"], []),
}  # fmt: skip


@each("case", INSIDE.values())
def test_lines_between_paragraphs_stay(case: tuple[tuple[str, ...], list[str], list[str]]) -> None:
    """`case` is the text around, what must stay, and what may go below it."""
    (one, two, three), stay, chrome = case
    got = plain("\n\n".join([one, two, *stay, *chrome, three]))
    assert got.kept == [one, two, *stay, three]


SIGNED = {
    "en": (EN, "The minister will visit the town on 14 November 2025 and open the bridge himself.", "ANI"),
    "hi": (HI, "मंत्री 14 नवंबर 2025 को शहर आएंगे और अपने हाथों से नए पुल का उद्घाटन करेंगे।", "एएनआई"),
    "bn": (BN, "মন্ত্রী ১৪ নভেম্বর ২০২৫ শহরে আসবেন এবং নিজের হাতে নতুন সেতুটি উদ্বোধন করবেন।", "রয়টার্স"),
    "ur": (UR, "وزیر 14 نومبر 2025 کو شہر آئیں گے اور اپنے ہاتھوں سے نئے پل کا افتتاح کریں گے۔", "رائٹرز"),
}  # fmt: skip


@pytest.mark.parametrize("glue", ["\n\n", " ", ""], ids=["below", "blank", "glued"])
@pytest.mark.parametrize("case", SIGNED.values(), ids=SIGNED)
def test_a_sign_off_takes_its_own_name_only(
    case: tuple[tuple[str, ...], str, str], glue: str
) -> None:
    (one, two, _), last, agency = case
    assert plain(f"{one}\n\n{two}\n\n{last}{glue}{agency}").kept == [one, two, last]
    body = "".join(f"<p>{text}</p>" for text in [one, two, *f"{last}{glue}{agency}".split("\n\n")])
    assert html(f"<article>{body}</article>").kept == [one, two, last]


def test_a_paragraph_under_the_words_of_a_comment_form_stays() -> None:
    one, two, three = EN
    got = html(f"<article><p>{one}<p>{two}<h2>Leave a comment</h2><p>{three}</article>")
    assert got.kept == [one, two, three]
    assert plain(f"The old bridge\n{one}\n{two}\nLeave a reply\n{three}").kept == [one, two, three]


@pytest.mark.parametrize("name", ["cookies-recipe", "newsletter-archive", "newsletter"])
def test_an_element_that_begins_with_a_chrome_word_is_not_chrome(name: str) -> None:
    one, two, three = EN
    told = f"<div class={name}><h2>The old bridge</h2><p>{one}</p><p>{two}</p></div>"
    got = html(f"<main><article>{told}<p>{three}</p></article></main>")
    assert got.kept[-3:] == [one, two, three]


def test_items_that_are_names_of_services_stay() -> None:
    one, two, three = EN
    for names in (["Facebook", "Instagram", "WhatsApp"], ["Print", "Radio", "Email"]):
        items = "".join(f"<li>{name}</li>" for name in names)
        got = html(f"<article><p>{one}</p><ul>{items}</ul><p>{two}</p><p>{three}</p></article>")
        assert got.kept == [one, *names, two, three]


def test_a_chronicle_of_short_entries_keeps_its_dates() -> None:
    told = ["14 November 2025", "The bridge fell.", "15 November 2025", "The mayor came."]
    assert plain("\n".join(told)).kept == told
    assert plain("\n".join(["The old bridge has fallen", *told, EN[0]])).kept == [*told, EN[0]]


def test_a_headline_is_not_taken_for_a_kicker_of_a_list_of_places() -> None:
    title, places = "A headline for the trains of the west", "Pune / Mumbai / Nagpur and the villages between"  # fmt: skip
    got = plain("\n".join([title, places, *EN]))
    assert got.document.metadata.title == title
    assert got.kept == [places, *EN]


def test_a_page_titled_by_its_first_sentence_keeps_it() -> None:
    body = "".join(f"<p>{text}</p>" for text in EN)
    assert html(f"<article>{body}</article>", head=f"<title>{EN[0]}</title>").kept == list(EN)


@pytest.mark.parametrize(
    "opening",
    [
        '<div class="expert-commentary"><p>',
        '<div id="respondents"><p>',
        '<blockquote class="official-reply"><p>',
        '<p class="reply-text">',
    ],
)
def test_an_element_named_like_comments_is_none(opening: str) -> None:
    one, two, three = EN
    got = html(f"<article><p>{one}<p>{two}<h2>Post a comment</h2>{opening}{three}</article>")
    assert got.kept == [one, two, three]


def test_a_page_titled_by_its_first_paragraph_keeps_it() -> None:
    one, two, three = EN
    body = f"<article><div>{one}</div><div>{two}</div><div>{three}</div></article>"
    assert html(body, head=f"<title>{one}</title>").kept == [one, two, three]
