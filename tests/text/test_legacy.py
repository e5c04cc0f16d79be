"""Text in letters of fonts older than Unicode: words typed by the fonts' charts, and no words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.text import legacy, normal
from tests.extract import cases_charset as cases

# A word as it is typed, and what the font draws for it.
TYPED = {
    "kruti-dev": """
        Hkkjr=भारत fganh=हिंदी fLFkfr=स्थिति dk;kZy;=कार्यालय vkfFkZd=आर्थिक /keZ=धर्म pfj==चरित्र
        fo|ky;=विद्यालय jk"Vª=राष्ट्र d`".k=कृष्ण ebZ=मई eÅ=मऊ ,sfrgkfld=ऐतिहासिक vkSj=और c<+rk=बढ़ता
        iz/kkuea=h=प्रधानमंत्री dkWyst=कॉलेज v‚fQl=ऑफिस gSaA=हैं। eaS=मैं ugah=नहीं {ks==क्षेत्र Kku=ज्ञान Jh=श्री
    """,
    "preeti": """
        g]kfn=नेपाल sf7df8f}+=काठमाडौं k|wfgdGqL=प्रधानमन्त्री sfo{qmd=कार्यक्रम lzIff=शिक्षा
        lglZrt=निश्चित cfly{s=आर्थिक O{=ई P]ltxfl;s=ऐतिहासिक k'm=फु kmf]g=फोन emfkf=झापा ;+ljwfg=संविधान
    """,
    "bijoy": """
        evsjv‡`k=বাংলাদেশ XvKv=ঢাকা Kg©=কর্ম wb‡`©k=নির্দেশ K‡i‡Q=করেছে ˆ`wbK=দৈনিক ‡Mj=গেল ‡KvwU=কোটি ‡bŠKv=নৌকা
        i¨ve=র‍্যাব wk¶v=শিক্ষা mœvZK=স্নাতক 1971=১৯৭১
    """,
    "bamini": """
        jkpo;=தமிழ் nfhOk;G=கொழும்பு NfhtpYf;F=கோவிலுக்கு ghly;=பாடல் thdk;=வானம் xsp=ஒளி muR=அரசு epiyik=நிலைமை
        Cu;=ஊர் ghh;j;J=பார்த்து
    """,
    "anmol-lipi": """
        pMjwb=ਪੰਜਾਬ ivc=ਵਿਚ ieh=ਇਹ ausdw=ਉਸਦਾ AwdmI=ਆਦਮੀ piVHAw=ਪੜ੍ਹਿਆ gurU=ਗੁਰੂ pRDwn=ਪ੍ਰਧਾਨ
    """,
    "fm-abhaya": """
        rfÜ=රටේ fld<U=කොළඹ wd¾:slh=ආර්ථිකය Y%S=ශ්‍රී wOHdmkh=අධ්‍යාපනය fn!oaO=බෞද්ධ ffjoH=වෛද්‍ය ,xldj=ලංකාව
    """,
}
SENTENCES = {
    "kruti-dev": (cases.KRUTI, "दिल्ली में आज सुबह से ही बारिश हो रही है। सरकार ने कहा"),
    "preeti": (cases.PREETI, "नेपाल सरकारले आज काठमाडौंमा एक कार्यक्रमको आयोजना"),
    "bijoy": (cases.BIJOY, "ঢাকায় আজ সকাল থেকে বৃষ্টি হচ্ছে। সরকার বলেছে যে মানুষকে"),
    "bamini": (cases.BAMINI, "தமிழ்நாட்டில் இன்று மழை பெய்தது என்று அறிவிக்கப்பட்டுள்ளது."),
    "anmol-lipi": (cases.ANMOL, "ਪੰਜਾਬ ਵਿਚ ਅੱਜ ਸਵੇਰ ਤੋਂ ਮੀਂਹ ਪੈ ਰਿਹਾ ਹੈ। ਸਰਕਾਰ ਨੇ ਕਿਹਾ"),
    "fm-abhaya": (cases.ABHAYA, "රටේ අත්සුම් අද උදේ සිට මහා වැස්සක් ඇති බවත් ජනයා"),
}
FONTS = sorted(TYPED)


@pytest.mark.parametrize("font", FONTS)
def test_words_come_out_as_the_font_draws_them(font: str) -> None:
    pairs = [pair.rpartition("=") for pair in TYPED[font].split()]
    assert [legacy.convert(typed, font) for typed, _, _ in pairs] == [
        normal.nfc(drawn) for *_, drawn in pairs
    ]


@pytest.mark.parametrize("font", FONTS)
def test_sentences_come_out_whole(font: str) -> None:
    typed, begins = SENTENCES[font]
    assert (legacy.convert(typed, font) or "").startswith(normal.nfc(begins))


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("what", ["JavaScript", "base64 in words"])
def test_what_no_font_draws_so_is_no_text(what: str, font: str) -> None:
    assert legacy.convert(cases.PLAIN[what], font) is None


@given(st.text(st.sampled_from([chr(code) for code in range(0x20, 0x180)])), st.sampled_from(FONTS))
def test_whatever_is_typed_comes_out_normal_or_not_at_all(text: str, font: str) -> None:
    drawn = legacy.convert(text, font)
    assert drawn is None or drawn == normal.nfc(drawn)


@pytest.mark.parametrize("name", ["Mangal", "SutonnyOMJ", "Preeti Unicode", "Chanakya", "", "-"])
def test_other_fonts_have_no_table(name: str) -> None:
    assert legacy.font_of(name) == ""
    assert legacy.convert("Hkkjr", legacy.font_of(name)) is None
