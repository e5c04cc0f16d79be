"""Bytes and the text that they mean: by mark, by declaration, by neither, under wrong ones, torn.

And text that is no language: typed for fonts older than Unicode, encoded twice, replaced. The
sentences are ours; those for legacy fonts were typed letter by letter from the fonts' charts.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """Bytes with their header, and the text; `charset` where it is a part of the case."""

    what: str
    body: bytes
    header: str
    text: str
    charset: str = ""


TEXTS = {
    "de": "Am Morgen wurde die neue Brücke über den Fluß für die Öffentlichkeit geöffnet; Fußgänger und Händler aus der Umgebung begrüßten die kürzeren Wege sehr. ",
    "fr": "Ce matin, le maire a inauguré le nouveau pont où déjà des élèves et des commerçants passaient; les travaux ont duré près de trois années, à l’été comme à Noël. ",
    "es": "Esta mañana abrió el puente después de tres años de obras; según el alcalde, la región ganará más turismo y los niños llegarán antes a la escuela. ",
    "pt": "Esta manhã a câmara abriu a ponte após três anos de obras; a população já não terá de esperar, e as crianças chegarão à escola mais cedo, à exceção de domingos. ",
    "da": "I morges åbnede den nye bro over åen, og både børn og ældre gik over på første dag; færgen sejler ikke længere, men nærmiljøet er glad. ",
    "pl": "Dziś rano otwarto nowy most nad rzeką; burmistrz podziękował robotnikom, a dzieci pierwszy raz przeszły na drugą stronę, żeby zdążyć do szkoły. ",
    "cs": "Dnes ráno byl otevřen nový most přes řeku; starosta poděkoval dělníkům a děti poprvé přešly na druhý břeh, aby stihly školu včas. ",
    "hu": "Ma reggel megnyílt az új híd a folyó fölött; a polgármester köszönetet mondott a munkásoknak, és a gyerekek először mentek át rajta az iskolába, nagy örömükre a szülők őszintén ünnepeltek. ",
    "tr": "Bu sabah nehrin üzerindeki yeni köprü açıldı; belediye başkanı işçilere teşekkür etti, çocuklar ilk kez karşı kıyıya geçerek okula gittiler ve yağmur başladı. ",
    "lt": "Šįryt atidarytas naujas tiltas per upę; meras padėkojo darbininkams, o vaikai pirmą kartą perėjo į kitą krantą ir suspėjo į mokyklą, nors žmonės ilgai abejojo. ",
    "ru": "Сегодня утром открыли новый мост через реку. Мэр поблагодарил рабочих, а дети впервые перешли на другой берег, чтобы успеть в школу. ",
    "uk": "Сьогодні вранці відкрили новий міст через річку. Мер подякував робітникам, а діти вперше перейшли на інший берег, щоб встигнути до школи. ",
    "bg": "Тази сутрин беше открит новият мост над реката. Кметът благодари на работниците, а децата за първи път преминаха на другия бряг, за да стигнат навреме. ",
    "el": "Σήμερα το πρωί άνοιξε η νέα γέφυρα πάνω από τον ποταμό. Ο δήμαρχος ευχαρίστησε τους εργάτες και τα παιδιά πέρασαν για πρώτη φορά απέναντι. ",
    "he": "הבוקר נפתח הגשר החדש מעל הנהר. ראש העיר הודה לפועלים, והילדים עברו בפעם הראשונה לגדה השנייה כדי להגיע לבית הספר בזמן. ",
    "ar": "افتتح صباح اليوم الجسر الجديد فوق النهر. وشكر رئيس البلدية العمال، وعبر الأطفال لأول مرة إلى الضفة الأخرى للوصول إلى المدرسة في الوقت المحدد. ",
    "th": "เช้าวันนี้มีการเปิดสะพานใหม่ข้ามแม่น้ำ นายกเทศมนตรีขอบคุณคนงาน และเด็กๆ ได้ข้ามไปอีกฝั่งเป็นครั้งแรกเพื่อไปโรงเรียนให้ทันเวลา ",
    "zh-hans": "今天早上，河上的新桥正式开通。市长感谢了工人们，孩子们第一次走到对岸去上学，附近的商店也都很高兴，因为路近了很多。",
    "zh-hant": "今天早上，河上的新橋正式開通。市長感謝了工人們，孩子們第一次走到對岸去上學，附近的商店也都很高興，因為路近了很多。",
    "ja": "今日の朝、川の上の新しい橋が開通しました。市長は作業員に感謝し、子どもたちは初めて向こう岸へ渡って学校に間に合いました。",
    "ko": "오늘 아침 강 위의 새 다리가 개통되었습니다. 시장은 노동자들에게 감사했고, 아이들은 처음으로 건너편으로 걸어가 학교에 제시간에 도착했습니다. ",
    "hi": "आज सुबह नदी पर नया पुल खोला गया। महापौर ने मज़दूरों को धन्यवाद दिया और बच्चे पहली बार दूसरे किनारे तक पैदल गए। ",
}
# A language, the label that pages give, and the Python codec that reads it as browsers do.
CHARSETS = [
    ("de", "windows-1252", "cp1252"), ("fr", "ISO-8859-1", "cp1252"), ("es", "iso-8859-1", "cp1252"),
    ("pt", "latin1", "cp1252"), ("da", "windows-1252", "cp1252"), ("pl", "windows-1250", "cp1250"),
    ("pl", "iso-8859-2", "iso8859-2"), ("cs", "windows-1250", "cp1250"), ("cs", "ISO-8859-2", "iso8859-2"),
    ("hu", "windows-1250", "cp1250"), ("tr", "iso-8859-9", "cp1254"), ("lt", "windows-1257", "cp1257"),
    ("ru", "windows-1251", "cp1251"), ("ru", "koi8-r", "koi8-r"), ("ru", "iso-8859-5", "iso8859-5"),
    ("ru", "ibm866", "cp866"), ("ru", "x-mac-cyrillic", "mac-cyrillic"), ("uk", "windows-1251", "cp1251"),
    ("bg", "windows-1251", "cp1251"), ("el", "windows-1253", "cp1253"), ("el", "iso-8859-7", "iso8859-7"),
    ("he", "windows-1255", "cp1255"), ("ar", "windows-1256", "cp1256"), ("ar", "iso-8859-6", "iso8859-6"),
    ("th", "tis-620", "cp874"), ("zh-hans", "gb2312", "gb18030"), ("zh-hans", "gbk", "gb18030"),
    ("zh-hant", "big5", "big5hkscs"), ("ja", "shift_jis", "cp932"), ("ja", "euc-jp", "euc_jp"),
    ("ja", "iso-2022-jp", "iso2022_jp"), ("ko", "euc-kr", "cp949"),
]  # fmt: skip


def _page(text: str, meta: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head>{meta}<title>x</title></head><body><p>{text}</p></body></html>"
    )


def _in(language: str, codec: str, meta: str = "", times: int = 4) -> tuple[bytes, str]:
    body = _page(TEXTS[language] * times, meta).encode(codec, "ignore")
    return body, body.decode(codec)


def _declared(language: str, label: str, codec: str) -> list[Case]:
    meta, read = _in(language, codec, f'<meta charset="{label}">')
    bare, plain = _in(language, codec)
    return [
        Case(f"{language} in {label}, by the page", meta, "", read),
        Case(f"{language} in {label}, by the header", bare, f"text/html; charset={label}", plain),
    ]


DECLARED = [case for row in CHARSETS for case in _declared(*row)]
UNDECLARED = [
    Case(f"{language} in {label}", *_swap)
    for language, label, codec in CHARSETS
    for _swap in [(_in(language, codec)[0], "text/html", _in(language, codec)[1])]
]
WRONG = [
    Case(f"{language} in {label}, called {said}", body, f"text/html; charset={said}", text)
    for language, label, codec in CHARSETS
    if codec not in {"cp1252", "iso2022_jp"} and language not in {"pl", "cs", "hu", "tr", "lt"}
    for said in ("utf-8", "iso-8859-1")
    for body, text in [_in(language, codec)]
] + [
    Case(
        f"UTF-8 called {said}",
        _page(TEXTS["hi"]).encode(),
        f"text/html; charset={said}",
        _page(TEXTS["hi"]),
        "utf-8",
    )
    for said in ("iso-8859-1", "windows-1252", "gbk", "shift_jis", "utf-16", "klingon")
]
UTF16 = [
    Case(f"{language} in {codec}, {kind}", (mark + text).encode(codec), "", text, codec)
    for language in ("de", "ru", "hi", "zh-hans", "ja", "ar")
    for codec in ("utf-16-le", "utf-16-be")
    for kind, mark, text in (
        ("with its mark", "\ufeff", _page(TEXTS[language])),
        ("without", "", _page(TEXTS[language])),
        ("bare text, with its mark", "\ufeff", TEXTS[language] * 3),
        ("bare text in lines", "", (TEXTS[language] + "\r\n") * 9),
    )
]
# The first half of a character, and then a blank.
TORN = [
    Case(
        f"{language} in {label}, torn",
        text[:-40].encode(codec, "ignore") + b"\x81 " + text[-40:].encode(codec, "ignore"),
        f"text/html; charset={label}",
        text,
    )
    for language, label, codec in CHARSETS
    if codec in {"gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"}
    for text in [_page(TEXTS[language] * 4)]
] + [
    Case(
        "hi in UTF-8, torn",
        TEXTS["hi"].encode() * 9 + b"\xe0\xa4",
        header,
        TEXTS["hi"] * 9,
        "utf-8",
    )
    for header in ("", "text/html; charset=utf-8", "text/html; charset=iso-8859-1")
]

# The HTML Standard's prescan (13.2.3.2): the start of a page, the codec that it names.
PRESCAN: list[tuple[bytes, str | None]] = [
    (b"<meta charset=koi8-r>", "koi8-r"),
    (b"<META CHARSET='KOI8-R'>", "koi8-r"),
    (b'<meta charset = "koi8-r" >', "koi8-r"),
    (b"<meta\n\tcharset=\nkoi8-r\n>", "koi8-r"),
    (b"<meta charset=koi8-r/>", None),
    (b"<meta charset='koi8-r'/>", "koi8-r"),
    (b"<meta/charset=koi8-r>", "koi8-r"),
    (b'<meta charset=" koi8-r ">', "koi8-r"),
    (b"<meta name=x charset=koi8-r>", "koi8-r"),
    (b"<metacharset=koi8-r>", None),
    (b"<meta charset>", None),
    (b"<meta charset=''>", None),
    (b"<meta charset=x-none><meta charset=koi8-r>", "koi8-r"),
    (b"<meta charset=gbk charset=koi8-r>", "gb18030"),
    (b"<meta charset='koi8-r>", None),
    (b"<meta charset=koi8-r", None),
    (b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", "koi8-r"),
    (b"<meta content='text/html; charset=koi8-r' http-equiv='content-type'>", "koi8-r"),
    (b"<meta content='text/html; charset=koi8-r'>", None),
    (b"<meta http-equiv=refresh content='0; charset=koi8-r'>", None),
    (b"<meta http-equiv=content-type content='charset=\"koi8-r\"'>", "koi8-r"),
    (b"<meta http-equiv=content-type content='charset = koi8-r ; x'>", "koi8-r"),
    (b"<meta http-equiv=content-type content='charset x charset=koi8-r'>", "koi8-r"),
    (b"<meta http-equiv=content-type content='charset=\"koi8-r'>", None),
    (b"<meta http-equiv=content-type content='text/html'>", None),
    (b"<meta http-equiv=content-type content='charset=gbk' charset=koi8-r>", "koi8-r"),
    (b"<meta charset=x-none http-equiv=content-type content='charset=gbk'>", None),
    (b"<!-- <meta charset=gbk> --><meta charset=koi8-r>", "koi8-r"),
    (b"<!--><meta charset=koi8-r>", "koi8-r"),
    (b"<!-- <meta charset=gbk>", None),
    (b"<!doctype html [ <meta charset=gbk>", None),
    (b"<? <meta charset=gbk ?> <meta charset=koi8-r>", "koi8-r"),
    (b"<a title='<meta charset=gbk>'><meta charset=koi8-r>", "koi8-r"),
    (b"<a title=<meta charset=gbk><meta charset=koi8-r>", "koi8-r"),
    (b"</meta charset=gbk><meta charset=koi8-r>", "koi8-r"),
    (b"</a title='>'><meta charset=koi8-r>", "koi8-r"),
    (b"< meta charset=gbk><meta charset=koi8-r>", "koi8-r"),
    (b"<script>'<meta charset=gbk>'</script>", "gb18030"),
    (b"<meta charset=utf-16>", "utf-8"),
    (b"<meta charset=utf-16be>", "utf-8"),
    (b"<meta charset=x-user-defined>", "cp1252"),
    (b"<meta charset=iso-8859-1>", "cp1252"),
    (b"<meta charset=us-ascii>", "cp1252"),
    (b"<meta charset=x-sjis>", "cp932"),
    (b"<?xml version='1.0' encoding='koi8-r'?><html>", "koi8-r"),
    (b"<?xml version='1.0' encoding='koi8-r'?><meta charset=gbk>", "gb18030"),
    (b"<title>x</title>" + b" " * 900 + b"<meta charset=koi8-r>", "koi8-r"),
    (b"plain", None),
    (b"", None),
]  # fmt: skip

KRUTI = "fnYyh esa vkt lqcg ls gh ckfj'k gks jgh gSA ljdkj us dgk fd yksxksa dks ?kjksa esa jguk pkfg, vkSj ;g Hkh crk;k fd unh dk ikuh c<+ jgk gSA vf/kdkfj;ksa ds vuqlkj bl ckj dh cjlkr us fiNys n'k lky dk fjdkWMZ rksM+ fn;k gSA "
PREETI = "g]kfn ;/sf/n] cfh sf7df8f}+df Ps sfo{qmdsf] cfof]hgf u/]sf] 5 . k|wfgdGqLn] eg] ls b]zdf zflGt sfod x'g] 5 / ljsf;sf sfdx? cl3 a9\\g] 5g\\ . of] sfo{qmddf ;xefuL x'g] ug{ "
BAMINI = "jkpo;ehl;by; ,d;W kio nga;jJ vd;W mwptpf;fg;gl;Ls;sJ. kf;fs; tPl;by; ,Uf;f Ntz;Lk; kw;Wk; muR mwptpj;jJ. ,e;j Mz;by; xU "
BIJOY = "XvKvq AvR mKvj †_‡K e„wó n‡”Q| miKvi e‡j‡Q †h gvbyl‡K N‡i _vK‡Z n‡e Ges b`xi cvwb evo‡Q| GB eQ‡ii e„wó MZ `k eQ‡ii †iKW© †f‡O‡Q| wZwb "
ANMOL = "pMjwb ivc A`j svyr qoN mINh pY irhw hY[ srkwr ny ikhw ik lokW nUM Gr ivc rihxw cwhIdw hY Aqy ieh vI d`isAw ik dirAw dw pwxI vD irhw hY[ "
SHUSHA = "idllaI maoM Aaja saubah sao hI baairSa hao rhI hO. sarkar nao kha ik laaogaaoM kao GaraoM maoM rhnaa caaihe AaOr yah BaI batayaa ik nadI ka panaI baZ, rha hO. "
CHANAKYA = "çÎËÜè ×ð´ ¥æÁ âéÕã âð ãè ÕæçÚUàæ ãô ÚUãè ãñÐ âÚU·¤æÚU Ùð ·¤ãæ ç·¤ Üô»ô´ ·¤ô ƒæÚUô´ ×ð´ ÚUãÙæ ¿æçã° ¥æñÚU Øã Öè ÕÌæØæ ç·¤ ÙÎè ·¤æ ÂæÙè Õɸ ÚUãæ ãñÐ "
ABHAYA = "rfÜ w;aiqï wo Wfoa isg uyd jeiaila we;s nj;a ckhd ksjiaj, /£ isáh hq;= nj;a rch mejiSh' fuu jif¾ jeiai .; jir oyfha jd¾;d ;snqKq "
ZAWGYI = "ေန႔ ေရ ေက်ာင္း ေမာင္း ေစ်း ေတာင္း ေရာင္း ေလ ေဆး ေျမ "


def _typed(name: str, text: str, font: str = "", codec: str = "utf-8") -> tuple[str, bytes]:
    inside = text.replace("&", "&amp;").replace("<", "&lt;") * 3
    drawn = f'<font face="{font}">{inside}</font>' if font else inside
    return name, _page(f"{drawn}</p><p>Copyright 2004, all rights reserved").encode(codec, "ignore")


_TWICE = TEXTS["hi"].encode().decode("latin-1")
SUSPECT: list[tuple[str, bytes]] = [
    _typed("Kruti Dev", KRUTI), _typed("Kruti Dev with its font", KRUTI, "Kruti Dev 010"),
    _typed("DevLys", KRUTI, "DevLys 010"), _typed("Preeti", PREETI), _typed("Bamini", BAMINI),
    _typed("Bijoy", BIJOY), _typed("Bijoy in windows-1252", BIJOY, "SutonnyMJ", "cp1252"),
    _typed("Anmol Lipi", ANMOL), _typed("Shusha", SHUSHA), _typed("Chanakya", CHANAKYA),
    _typed("Chanakya in windows-1252", CHANAKYA, "Chanakya", "cp1252"),
    _typed("FM Abhaya", ABHAYA), _typed("Zawgyi", ZAWGYI),
    ("UTF-8 twice", _page(_TWICE).encode()),
    ("UTF-8 twice, in part", _page(_TWICE + " naïve café “x” ").encode()),
    ("question marks", _page("???? ?? ?????? ???? ??, ??? ?????. " * 9).encode()),
    ("U+FFFD", _page("\ufffd\ufffd\ufffd \ufffd\ufffd " * 30).encode()),
]  # fmt: skip
ENGLISH = "The bridge was opened this morning, and the mayor thanked the workers for what they had done in three years. "
_CODE = 'for (i = 0; i < n; i++) { xs[i] = ys[i] << 2; if (strcmp(argv[k], "--help")) printf("%d", fnPtr->getVal(i)); } '
# Odd in every word, and no letters of a font.
PLAIN = {
    "hashtags": "#ModiInAmerica #HowdyModi #NamoAgain #MakeInIndia #DigitalIndia #StartUpIndia #SwachhBharat #BetiBachao #JaiHind ",
    "Sanskrit in ITRANS": "dharmakShetre kurukShetre samavetA yuyutsavaH | mAmakAH pANDavAshchaiva kimakurvata sa~njaya || dR^iShTvA tu pANDavAnIkaM vyUDhaM duryodhanastadA | AchAryamupasa~Ngamya rAjA vachanamabravIt || ",
    "Hindi in ITRANS": "yah nadI kI khabar hai ki logoM ko pul kI jarUrat nahIM thI, yah bhI ki gA.Nv ko pAnI nahIM milA aur yah bAt logoM ko kahI nahIM gaI ",
    "Sanskrit in Harvard-Kyoto": "dharmakSetre kurukSetre samavetA yuyutsavaH mAmakAH pANDavAzcaiva kimakurvata saJjaya dRSTvA tu pANDavAnIkaM vyUDhaM duryodhanastadA ",
    "brands": "YouTube FaceBook LinkedIn WhatsApp PayPal iPhone iPad MacBook AirPods PlayStation PowerPoint OneDrive GitHub JavaScript PostgreSQL eBay ",
    "JavaScript": "const fnPtr=xs[i].map(cb); let strLen=srcStr.len; if(xs[k]!=null&&ys[k]){ptr->nxt=tmp;str=xs+ys;} $('#btn').on('click',function(e){e.preventDefault();}); ",
    "assembler": "mov eax,[ebx] push ebp mov ebp,esp sub esp,10h lea edx,[ebp+8] xor ecx,ecx cmp [edx+ecx],al jnz lp1 shl rbx,4 pop ebp ret ld hl,bc ld bc,[hl] djnz lbl ",
    "formulas": "NaCl KCl CaCO3 Fe2O3 NaOH HNO3 H2SO4 KMnO4 MgSO4 NaHCO3 CuSO4 AgNO3 BaCl ZnO NaBr KBr LiBr NaF MgO CaO FeS CuS PbS HgS NaClO KClO ",
    "base64 in words": "TWFuIGlz IGRpc3Rp bmd1aXNo ZWQsIG5v dCBvbmx5 IGJ5IGhp cyByZWFz b24sIGJ1 dCBieSB0 aGlzIHNp bmd+bGFy IHB/c3Np b24gZnJv bS+vdGhl ",
    "names": "McDonald DeVito McGregor LaRue DeLuca MacDonald McCarthy DeNiro LaBeouf VanDyke McAllister FitzGerald DiCaprio LeBron DeShawn LaToya ",
    "short messages in Indonesian": "gw lg dmn sh kmrn jg blm dtg tp klo bs bsk sy dtg yg pnting lo jgn lp bw brg2 gw tq brngkt dl y sm tmn2 kmrn dr rmh nnt sy dk tlp lg sdh smp d sn ",
}
HONEST: list[tuple[str, bytes]] = [
    *[(language, _page(text * 5).encode()) for language, text in TEXTS.items()],
    _typed("English", ENGLISH), _typed("English in Kruti Dev's font", ENGLISH, "Kruti Dev 010"),
    _typed("capitals", ENGLISH.upper()),
    ("a listing", _page(f"</p><pre>{_CODE * 9}</pre><p>").encode()),
    ("a listing in a paragraph", _page(_CODE.replace("<", "&lt;") * 9).encode()),
    ("base64", _page("TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24sIGJ1dCBieSB0aGlz" * 20).encode()),
    _typed("romanised Hindi", "Aaj subah nadi par naya pul khola gaya aur mahapaur ne mazdooron ko dhanyavaad diya. Bachche pehli baar doosre kinaare tak paidal gaye, lekin baarish ho rahi thi. "),
    _typed("Vietnamese", "Sáng nay cây cầu mới bắc qua sông đã được khánh thành. Thị trưởng cảm ơn các công nhân và trẻ em lần đầu tiên đi bộ sang bờ bên kia để kịp giờ học. "),
    _typed("Croatian", "Jutros je otvoren novi most preko rijeke; gradonačelnik je zahvalio radnicima, a djeca su prvi put prešla na drugi brijeg. Vrh brda, krv, prst i trg. "),
    _typed("Welsh", "Agorwyd y bont newydd dros yr afon y bore yma, ac fe ddiolchodd y maer i'r gweithwyr; cerddodd y plant i'r ysgol am y tro cyntaf. "),
    _typed("Swahili", "Daraja jipya juu ya mto lilifunguliwa asubuhi ya leo. Meya aliwashukuru wafanyakazi, na watoto walivuka kwa mara ya kwanza kwenda shuleni. "),
    _typed("Hindi that names Kruti Dev", TEXTS["hi"], "Kruti Dev 010"),
    _typed("chess", "1.e4 e5 2.Nf3 Nc6 3.Bb5 a6 4.Ba4 Nf6 5.O-O Be7 6.Re1 b5 7.Bb3 d6 8.c3 O-O 9.h3 Nb8 10.d4 Nbd7 "),
    _typed("Burmese", "ယနေ့ မြစ်ပေါ်တွင် တံတားသစ် ဖွင့်လှစ်ခဲ့သည်။ မြို့တော်ဝန်က အလုပ်သမားများကို ကျေးဇူးတင်ခဲ့ပြီး ကလေးများ ပထမဆုံးအကြိမ် ကျောင်းသို့ လျှောက်သွားကြသည်။ နေ့ ရေ ဈေး "),
    _typed("an empty table of marks", "| Pts | W | D | L | GF | GA | +/- | 38 | 12 | 3 | "),
    *[_typed(what, text) for what, text in PLAIN.items()],
    ("a page of one word twice encoded", _page("The word is written café here, or cafÃ© there, and that is all of it.").encode()),
]  # fmt: skip
