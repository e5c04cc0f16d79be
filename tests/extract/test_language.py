"""Language and script: sure or ``und``."""

from __future__ import annotations

import pytest
from hypothesis import given

from archiver.extract import language
from tests.strategies import texts

# Sentences written for this test, one of news in each language.
TEXTS = {
    "hi": ("Deva", "सोमवार की सुबह शहर में तेज बारिश हुई और कई सड़कों पर पानी भर गया। नगर निगम के कर्मचारियों ने दोपहर तक पानी निकाल दिया।"),
    "mr": ("Deva", "सोमवारी सकाळी शहरात जोरदार पाऊस पडला आणि अनेक रस्त्यांवर पाणी साचले. महापालिकेच्या कर्मचाऱ्यांनी दुपारपर्यंत पाणी काढले आहे."),
    "ne": ("Deva", "सोमबार बिहान सहरमा ठूलो वर्षा भयो र धेरै सडकमा पानी जम्यो। नगरपालिकाका कर्मचारीहरूले दिउँसोसम्म पानी निकालेका छन्।"),
    "bn": ("Beng", "সোমবার সকালে শহরে প্রবল বৃষ্টি হয়েছে এবং অনেক রাস্তায় পানি জমে গেছে। পৌরসভার কর্মীরা দুপুরের মধ্যে পানি সরিয়ে ফেলেছেন।"),
    "as": ("Beng", "সোমবাৰে ৰাতিপুৱা চহৰত ধাৰাসাৰ বৰষুণ হৈছে আৰু বহুতো পথত পানী জমা হৈছে। পৌৰসভাৰ কৰ্মচাৰীসকলে দুপৰীয়ালৈকে পানী আঁতৰাইছে।"),
    "ur": ("Arab", "پیر کی صبح شہر میں تیز بارش ہوئی اور کئی سڑکوں پر پانی بھر گیا۔ بلدیہ کے ملازمین نے دوپہر تک پانی نکال دیا ہے۔"),
    "ar": ("Arab", "هطلت أمطار غزيرة على المدينة صباح يوم الاثنين وغمرت المياه عددا من الشوارع. وقد أزال عمال البلدية المياه قبل الظهر."),
    "fa": ("Arab", "صبح دوشنبه باران شدیدی در شهر بارید و آب بسیاری از خیابان‌ها را گرفت. کارکنان شهرداری تا ظهر آب را از خیابان‌ها بیرون کشیدند."),
    "ps": ("Arab", "د دوشنبې په سهار په ښار کې سخت باران وشو او په ډېرو سړکونو کې اوبه ودرېدې. د ښاروالۍ کارکوونکو تر غرمې پورې اوبه وایستلې."),
    "sd": ("Arab", "سومر جي صبح شهر ۾ تيز مينهن پيو ۽ ڪيترن ئي رستن تي پاڻي بيهي رهيو. ميونسپل جي ملازمن منجهند تائين پاڻي ڪڍي ڇڏيو آهي."),
    "pa": ("Guru", "ਸੋਮਵਾਰ ਦੀ ਸਵੇਰ ਸ਼ਹਿਰ ਵਿੱਚ ਤੇਜ਼ ਮੀਂਹ ਪਿਆ ਅਤੇ ਕਈ ਸੜਕਾਂ ਉੱਤੇ ਪਾਣੀ ਭਰ ਗਿਆ।"),
    "gu": ("Gujr", "સોમવારે સવારે શહેરમાં ભારે વરસાદ પડ્યો અને ઘણા રસ્તાઓ પર પાણી ભરાયાં."),
    "or": ("Orya", "ସୋମବାର ସକାଳେ ସହରରେ ପ୍ରବଳ ବର୍ଷା ହେଲା ଏବଂ ଅନେକ ରାସ୍ତାରେ ପାଣି ଜମିଗଲା।"),
    "ta": ("Taml", "திங்கள்கிழமை காலை நகரில் கனமழை பெய்தது, பல சாலைகளில் தண்ணீர் தேங்கியது."),
    "te": ("Telu", "సోమవారం ఉదయం నగరంలో భారీ వర్షం కురిసింది, చాలా రోడ్లపై నీరు నిలిచింది."),
    "kn": ("Knda", "ಸೋಮವಾರ ಬೆಳಿಗ್ಗೆ ನಗರದಲ್ಲಿ ಭಾರಿ ಮಳೆಯಾಯಿತು, ಹಲವು ರಸ್ತೆಗಳಲ್ಲಿ ನೀರು ನಿಂತಿತು."),
    "ml": ("Mlym", "തിങ്കളാഴ്ച രാവിലെ നഗരത്തിൽ കനത്ത മഴ പെയ്തു, പല റോഡുകളിലും വെള്ളം കയറി."),
    "si": ("Sinh", "සඳුදා උදෑසන නගරයට තද වැස්සක් ඇද හැලුණු අතර පාරවල් කිහිපයක් ජලයෙන් යට විය."),
    "en": ("Latn", "Heavy rain fell on the town on Monday morning and water stood in several of its streets until noon."),
}  # fmt: skip


@pytest.mark.parametrize("code", TEXTS)
def test_each_language_is_told(code: str) -> None:
    script, text = TEXTS[code]
    assert language.detect(text) == (code, script)


@pytest.mark.parametrize("code", TEXTS)
def test_a_wrong_declaration_does_not_change_what_the_text_says(code: str) -> None:
    script, text = TEXTS[code]
    assert language.detect(text, "en-US" if code != "en" else "hi") == (code, script)


@pytest.mark.parametrize("text", ["", "2025", "१४:३० — ५", "।॥ ???", "\u200d\u200c"])
def test_without_letters_there_is_no_language(text: str) -> None:
    assert language.detect(text, "hi")[0] == "und"


def test_a_declaration_settles_what_the_script_leaves_open() -> None:
    assert language.detect("क ख ग", "mr-IN") == ("mr", "Deva")
    assert language.detect("ক", "as") == ("as", "Beng")
    assert language.detect("ا", "ur_PK") == ("ur", "Arab")
    assert language.detect("गंगा", "ta")[0] != "ta"


@given(texts)
def test_no_text_raises(text: str) -> None:
    told, script = language.detect(text)
    assert told
    assert len(script) == 4


def test_every_code_point_of_the_planes_can_be_looked_at() -> None:
    """CLD2 refuses some code points; a page may hold any."""
    for start in range(0, 0x110000, 1500):
        points = (n for n in range(start, min(start + 1500, 0x110000)) if not 0xD800 <= n < 0xE000)
        language.detect("abc " + "".join(map(chr, points)))


def test_the_sample_is_cut_at_its_limit() -> None:
    assert len(language.sample(["x" * 900] * 9)) == language.MAX_CHARACTERS
    assert language.sample(["a", "b"]) == "a\nb"
