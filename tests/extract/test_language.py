"""Language and script: sure or ``und``."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import language, ngrams, page
from archiver.text import language_codes, scripts
from benchmarks.language import by_group, parts, read
from tests.each import each
from tests.strategies import texts


def detect(text: str, declared: str | None = None) -> tuple[str, str]:
    told = language.identify(text, declared)
    return told.language, told.script


LABELLED = Path(__file__).parents[3] / "shared" / "language" / "dev.jsonl"

# Sentences written for this test, of news in each language.
TEXTS = {
    "hi": ("Deva", "सोमवार की सुबह शहर में तेज बारिश हुई और कई सड़कों पर पानी भर गया। नगर निगम के कर्मचारियों ने दोपहर तक पानी निकाल दिया।"),
    "mr": ("Deva", "सोमवारी सकाळी शहरात जोरदार पाऊस पडला आणि अनेक रस्त्यांवर पाणी साचले. महापालिकेच्या कर्मचाऱ्यांनी दुपारपर्यंत पाणी काढले आहे."),
    "ne": ("Deva", "सोमबार बिहान सहरमा ठूलो वर्षा भयो र धेरै सडकमा पानी जम्यो। नगरपालिकाका कर्मचारीहरूले दिउँसोसम्म पानी निकालेका छन्।"),
    "sa": ("Deva", "सोमवासरे प्रातः नगरे महती वृष्टिः अभवत् । मार्गेषु जलं पूर्णम् आसीत् । नगरपालिकायाः कर्मकराः मध्याह्नपर्यन्तं जलं निष्कासितवन्तः इति अधिकारी उक्तवान् ।"),
    "bho": ("Deva", "सोमार के भोरे शहर में खूब बरखा भइल आ कई गो सड़क पर पानी भर गइल बा। नगर निगम के लोग दुपहरिया ले पानी निकाल दिहल, अइसन अधिकारी बतवलें।"),
    "mai": ("Deva", "सोम दिन भोरे शहरमे बहुत वर्षा भेल आ कतेको सड़क पर पानि भरि गेल अछि। नगर निगमक कर्मचारी लोकनि दुपहर धरि पानि निकालि देलनि, ई अधिकारी कहलनि।"),
    "kok": ("Deva", "सोमारा सकाळीं शारांत खूब पावस पडलो आनी जायत्या रस्त्यांचेर उदक सांचलें. म्हापालिकेच्या कामगारांनी दनपारमेरेन उदक काडलें अशें अधिकाऱ्यान सांगलें आसा."),
    "doi": ("Deva", "सोमबारा दे दिन शैह्‌रै च मती बरखा होई ते केईं सड़कें पर पानी भरोई गेआ ऐ। नगर निगम दे कर्मचारियें दपैह्‌रीं तगर पानी कड्ढी दित्ता, एह् अधिकारी ने आखेआ ऐ।"),
    "bn": ("Beng", "সোমবার সকালে শহরে প্রবল বৃষ্টি হয়েছে এবং অনেক রাস্তায় পানি জমে গেছে। পৌরসভার কর্মীরা দুপুরের মধ্যে পানি সরিয়ে ফেলেছেন।"),
    "as": ("Beng", "সোমবাৰে ৰাতিপুৱা চহৰত ধাৰাসাৰ বৰষুণ হৈছে আৰু বহুতো পথত পানী জমা হৈছে। পৌৰসভাৰ কৰ্মচাৰীসকলে দুপৰীয়ালৈকে পানী আঁতৰাইছে।"),
    "mni": ("Beng", "নিংথৌকাবা নোংমগী অয়ুক্তা শহরদা নোং কন্না চুখি অমসুং লম্বী কয়াদা ঈশিং থল্লে। মসিগী মতাংদা লৈঙাক্না থবক পায়খৎলে হায়না মখোয়না ফোঙদোকখি।"),
    "ur": ("Arab", "پیر کی صبح شہر میں تیز بارش ہوئی اور کئی سڑکوں پر پانی بھر گیا۔ بلدیہ کے ملازمین نے دوپہر تک پانی نکال دیا ہے۔"),
    "pa-Arab": ("Arab", "سوموار دی سویر شہر وچ تیز مینہہ پیا تے کئی سڑکاں اتے پانی بھر گیا سی۔ بلدیہ دے ملازماں نے دوپہر تک پانی کڈھ دتا اے تے لوکاں نوں گھراں وچ رہن لئی آکھیا گیا اے۔"),
    "sd": ("Arab", "سومر جي صبح شهر ۾ تيز مينهن پيو ۽ ڪيترن ئي رستن تي پاڻي بيهي رهيو. ميونسپل جي ملازمن منجهند تائين پاڻي ڪڍي ڇڏيو آهي."),
    "ks": ("Arab", "ژٔندٕروار دۄہہ صُبحَس پؠٹھ شہرَس منٛز آو سٮ۪ٹھاہ روٗد تہٕ کینٛہہ سڑکَن پؠٹھ چھُ آب جمع گومُت۔ یہِ چھُ حکومتَن وونمُت زِ لوکھ گژھَن نہٕ نیبر نیرٕنؠ۔"),
    "ps": ("Arab", "د دوشنبې په سهار په ښار کې سخت باران وشو او په ډېرو سړکونو کې اوبه ودرېدې. د ښاروالۍ کارکوونکو تر غرمې پورې اوبه وایستلې."),
    "fa": ("Arab", "صبح دوشنبه باران شدیدی در شهر بارید و آب بسیاری از خیابان‌ها را گرفت. کارکنان شهرداری تا ظهر آب را از خیابان‌ها بیرون کشیدند."),
    "ar": ("Arab", "هطلت أمطار غزيرة على المدينة صباح يوم الاثنين وغمرت المياه عددا من الشوارع. وقد أزال عمال البلدية المياه قبل الظهر."),
    "ckb": ("Arab", "بەیانی ڕۆژی دووشەممە بارانێکی زۆر لە شار باری و ئاو زۆربەی شەقامەکانی گرتەوە. کارمەندانی شارەوانی تا نیوەڕۆ ئاوەکەیان لە شەقامەکان دەرکرد."),
    "pa": ("Guru", "ਸੋਮਵਾਰ ਦੀ ਸਵੇਰ ਸ਼ਹਿਰ ਵਿੱਚ ਤੇਜ਼ ਮੀਂਹ ਪਿਆ ਅਤੇ ਕਈ ਸੜਕਾਂ ਉੱਤੇ ਪਾਣੀ ਭਰ ਗਿਆ।"),
    "gu": ("Gujr", "સોમવારે સવારે શહેરમાં ભારે વરસાદ પડ્યો અને ઘણા રસ્તાઓ પર પાણી ભરાયાં."),
    "or": ("Orya", "ସୋମବାର ସକାଳେ ସହରରେ ପ୍ରବଳ ବର୍ଷା ହେଲା ଏବଂ ଅନେକ ରାସ୍ତାରେ ପାଣି ଜମିଗଲା।"),
    "ta": ("Taml", "திங்கள்கிழமை காலை நகரில் கனமழை பெய்தது, பல சாலைகளில் தண்ணீர் தேங்கியது."),
    "te": ("Telu", "సోమవారం ఉదయం నగరంలో భారీ వర్షం కురిసింది, చాలా రోడ్లపై నీరు నిలిచింది."),
    "kn": ("Knda", "ಸೋಮವಾರ ಬೆಳಿಗ್ಗೆ ನಗರದಲ್ಲಿ ಭಾರಿ ಮಳೆಯಾಯಿತು, ಹಲವು ರಸ್ತೆಗಳಲ್ಲಿ ನೀರು ನಿಂತಿತು."),
    "ml": ("Mlym", "തിങ്കളാഴ്ച രാവിലെ നഗരത്തിൽ കനത്ത മഴ പെയ്തു, പല റോഡുകളിലും വെള്ളം കയറി."),
    "si": ("Sinh", "සඳුදා උදෑසන නගරයට තද වැස්සක් ඇද හැලුණු අතර පාරවල් කිහිපයක් ජලයෙන් යට විය."),
    "sat": ("Olck", "ᱥᱚᱢᱵᱟᱨ ᱥᱮᱛᱟᱜ ᱱᱟᱜᱟᱨ ᱨᱮ ᱟᱹᱰᱤ ᱫᱟᱜ ᱮᱱᱟ"),
    "en": ("Latn", "Heavy rain fell on the town on Monday morning and water stood in several of its streets until noon."),
    "hi-Latn": ("Latn", "Somvar ki subah shehar mein bahut tez barish hui aur kai sadkon par pani bhar gaya, lekin nagar nigam ke logon ne dopahar tak pani nikal diya hai."),
    "bn-Latn": ("Latn", "Sombar sokale shohore khub brishti hoyeche ebong onek rastay pani jome geche, kintu amader ekhane kono shomossha hoy nai, sobai bhalo ache."),
    "ta-Latn": ("Latn", "Thingal kizhamai kaalai nagarathil romba mazhai peithathu, niraya idathula thanni ninnuchu, aana ippo ellam nalla irukku nu avanga sonnanga."),
}  # fmt: skip


@each("code", TEXTS)
def test_each_language_is_told(code: str) -> None:
    script, text = TEXTS[code]
    assert detect(text) == (code, script)


@each("code", TEXTS)
def test_a_wrong_declaration_does_not_change_what_the_text_says(code: str) -> None:
    script, text = TEXTS[code]
    for wrong in ("en-US", "hi", "ur_PK", "bn", "x", "mr-IN", "ar"):
        if wrong[:2] != code[:2]:
            assert detect(text, wrong) == (code, script)


@each("code", TEXTS)
def test_what_is_typed_or_left_out_at_will_is_no_evidence(code: str) -> None:
    _, text = TEXTS[code]
    told = language.identify(text)
    for same in (
        unicodedata.normalize("NFD", text),
        text.replace(" ", "\u200e \u2060"),
        re.sub("[\u200c\u200d]", "", text),
        f"12:30 {text} ৪৫ १२ 2025 https://news.example/the-most-read-story?of=the&day=1 @thedaily",
    ):
        assert detect(same) == (told.language, told.script)


@pytest.mark.parametrize("text", ["", "2025", "१४:३० — ५", "।॥ ???", "\u200d\u200c", "\ud800"])
def test_without_letters_there_is_no_language(text: str) -> None:
    assert language.identify(text, "hi").language == "und"


@each("code", TEXTS)
def test_code_mixed_text_is_named_as_such(code: str) -> None:
    assert language.identify(TEXTS[code][1]).mixed == ""


def test_english_among_romanised_hindi_is_said() -> None:
    said = (
        "yaar ye sarkar ki new policy bilkul bekar hai, logon ko koi benefit nahi mila aur media "
        "bhi questions nahi pooch raha hai kyunki sab log busy hain, totally useless system hai"
    )
    told = language.identify(said)
    assert (told.language, told.mixed, told.iso639_3) == ("hi-Latn", "en", "hin")


def test_names_in_a_row_are_not_romanised_text() -> None:
    """Lists of names and results fill sports pages; no word of them is any language's."""
    names = "Viera 61, Rockledge 40. Palm Bay: Jackson 18, Mora 9, Diaz 7. Jones 4-6, Tari 3-0."
    assert not language.identify(names, "en").language.endswith("-Latn")


def test_a_declaration_settles_what_a_short_line_leaves_open() -> None:
    line = "महाराष्ट्र सरकार"
    assert detect(line, "mr-IN")[0] == "mr"
    assert detect(line, "hi_IN")[0] == "hi"
    assert detect(line, "ta")[0] != "ta"


@given(texts | st.sampled_from([text for _, text in TEXTS.values()]), texts)
def test_any_text_has_a_tag(text: str, declared: str) -> None:
    told = language.identify(text, declared)
    assert re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?", told.language)
    assert re.fullmatch(r"[a-z]{3}", told.iso639_3)
    assert told.script in scripts.NAMES
    assert 0 <= told.confidence <= 1


@given(texts, texts)
def test_shares_are_of_the_whole(one: str, two: str) -> None:
    told = language.shares([one, two], "hi", "Deva")
    assert not told or sum(each.share for each in told) == pytest.approx(1, abs=1e-3)


def test_paragraphs_of_another_language_have_their_share() -> None:
    told = language.shares([TEXTS["hi"][1]] * 3 + [TEXTS["en"][1], "फोटो"], "hi", "Deva")
    assert [(each.language, each.script) for each in told] == [("hi", "Deva"), ("en", "Latn")]
    assert told[0].share > 0.7


def test_every_code_point_of_the_planes_can_be_looked_at() -> None:
    """CLD2 refuses some code points; a page may hold any."""
    for start in range(0, 0x110000, 1500):
        points = (n for n in range(start, min(start + 1500, 0x110000)) if not 0xD800 <= n < 0xE000)
        detect("abc " + "".join(map(chr, points)))


def test_the_sample_is_cut_at_its_limit() -> None:
    assert len(language.sample(["x" * 900] * 9)) == language.MAX_CHARACTERS
    assert language.sample(["a", "b"]) == "a\nb"


def test_codes_are_those_of_cldr() -> None:
    aliases = get_global("language_aliases")
    for pair in language_codes.PAIRS.split():
        two, three = pair.split(":")
        assert str(aliases.get(three, two)) in {two, "tw", "ak", "no", "nb", "tl", "fil"}, pair


def test_the_table_is_part_of_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    before = page.extractor_id({})
    monkeypatch.setattr(language, "digest", lambda: "another")
    assert page.extractor_id({}) != before


def test_runs_end_at_the_ends_of_words() -> None:
    alone = {
        *ngrams.buckets(ngrams.words("कल", "Deva"))[0],
        *ngrams.buckets(ngrams.words("आज", "Deva"))[0],
    }
    assert set(ngrams.buckets(ngrams.words("कल, 25 आज", "Deva"))[0]) == alone


@pytest.mark.skipif(not LABELLED.exists(), reason="needs ../shared/language")
def test_what_was_measured_holds() -> None:
    """Floors a little below the figures of docs/language.md, on the part that taught nothing."""
    reported = parts(read(LABELLED))[1]
    found = by_group(reported, [language.identify(text.text).language for text in reported])
    floors = {
        "Devanagari, hi mr ne": (0.90, 0.96, 0.96),
        "Devanagari": (0.68, 0.74, 0.78),
        "Bengali": (0.93, 0.98, 0.98),
        "Arabic": (0.90, 0.97, 0.98),
        "one language a script": (0.99, 0.99, 0.99),
        "romanised": (0.60, 0.78, 0.82),
    }
    for group, of in floors.items():
        for length, floor in zip(("short", "sent", "long"), of, strict=True):
            assert found[group][length] >= floor, (group, length)
