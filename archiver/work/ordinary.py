"""Sentences that any story may hold, by language: no rule that acts alone may take one.

They are made of the words that buttons and labels are made of (read, share, follow, photo, more,
related, comment, advertisement), as people say and write them. All are written for this table.
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "Read the letter again, she said.",
        "More people came than last year.",
        "Share prices fell for a third day.",
        "Follow the river and you will find the mill.",
        "Photo albums were saved from the flood.",
        "The minister refused to comment on the advertisement.",
        "Related costs are paid by the city.",
        "He joined the club and told the latest news to his brother.",
    ),
    "hi": (
        "और पढ़ें तो समझ में आएगा, शिक्षक ने कहा।",
        "यह भी कहा गया कि सड़क बंद रहेगी।",
        "शेयर बाज़ार में गिरावट आई।",
        "फोटो देखकर वे रो पड़े।",
        "विज्ञापन पर रोक लगा दी गई है।",
        "खबर सुनकर लोग घरों से निकले।",
    ),
    "mr": (
        "आणखी वाचा म्हणजे समजेल, असे शिक्षक म्हणाले.",
        "हे देखील खरे आहे.",
        "शेअर बाजार घसरला.",
        "फोटो पाहून त्यांना रडू आले.",
        "जाहिरात बंद करण्यात आली.",
    ),
    "ne": (
        "थप पढ्नुहोस् भने बुझिन्छ, शिक्षकले भने।",
        "यो पनि साँचो हो।",
        "सेयर बजार घट्यो।",
        "तस्बिर हेरेर उनी रोए।",
        "विज्ञापन रोकियो।",
    ),
    "bn": (
        "আরও পড়ুন, তাহলে বুঝবেন, বললেন শিক্ষক।",
        "এটাও সত্য যে সেতুটি পুরোনো।",
        "শেয়ার বাজারে দরপতন হয়েছে।",
        "ছবি দেখে তিনি কেঁদে ফেলেন।",
        "বিজ্ঞাপন বন্ধ করা হয়েছে।",
        "সংশ্লিষ্ট কর্মকর্তারা কথা বলেননি।",
    ),
    "as": (
        "ছবি চাই তেওঁ কান্দিলে।",
        "বিজ্ঞাপন বন্ধ কৰা হ'ল।",
    ),
    "ur": (
        "مزید پڑھیں تو سمجھ آئے گا، استاد نے کہا۔",
        "یہ بھی کہا گیا کہ سڑک بند رہے گی۔",
        "شیئر بازار میں مندی رہی۔",
        "تصویر دیکھ کر وہ رو پڑے۔",
        "اشتہار پر پابندی لگا دی گئی۔",
    ),
    "fa": (
        "بیشتر بخوانید تا بفهمید، معلم گفت.",
        "عکس را دید و گریست.",
        "آگهی متوقف شد.",
        "مطالب مرتبط با این پرونده محرمانه است.",
    ),
    "ar": (
        "اقرأ الرسالة مرة أخرى، قالت له.",
        "شارك الوزير في الاجتماع.",
        "صورة الجسر معلقة في القاعة.",
        "المزيد من الناس جاؤوا هذا العام.",
        "إعلان النتائج تأجل إلى الغد.",
    ),
    "ps": ("نور خلک هم راغلل.", "عکس یې ولید او وژړل."),
    "sd": ("تصوير ڏسي هو روئي پيو.", "وڌيڪ ماڻهو آيا."),
    "pa": (
        "ਹੋਰ ਪੜ੍ਹੋ ਤਾਂ ਸਮਝ ਆਵੇਗੀ, ਅਧਿਆਪਕ ਨੇ ਕਿਹਾ।",
        "ਇਹ ਵੀ ਸੱਚ ਹੈ।",
        "ਫੋਟੋ ਦੇਖ ਕੇ ਉਹ ਰੋ ਪਿਆ।",
    ),
    "gu": (
        "વધુ વાંચો તો સમજાશે, શિક્ષકે કહ્યું.",
        "આ પણ સાચું છે.",
        "શેર બજાર ઘટ્યું.",
        "ફોટો જોઈને તે રડી પડ્યા.",
    ),
    "or": ("ଫଟୋ ଦେଖି ସେ କାନ୍ଦିଲେ।", "ଏହା ମଧ୍ୟ ସତ୍ୟ।"),
    "ta": (
        "மேலும் படித்தால் புரியும் என்று ஆசிரியர் கூறினார்.",
        "இதையும் அவர் சொன்னார்.",
        "பங்கு சந்தை சரிந்தது.",
        "புகைப்படம் பார்த்து அவர் அழுதார்.",
        "விளம்பரம் நிறுத்தப்பட்டது.",
    ),
    "te": (
        "ఇంకా చదివితే అర్థమవుతుంది అని ఉపాధ్యాయుడు అన్నారు.",
        "ఇది కూడా నిజమే.",
        "ఫోటో చూసి ఆయన ఏడ్చారు.",
        "ప్రకటన ఆపేశారు.",
    ),
    "kn": (
        "ಇನ್ನಷ್ಟು ಓದಿದರೆ ಅರ್ಥವಾಗುತ್ತದೆ ಎಂದು ಶಿಕ್ಷಕರು ಹೇಳಿದರು.",
        "ಇದು ಕೂಡ ನಿಜ.",
        "ಫೋಟೋ ನೋಡಿ ಅವರು ಅತ್ತರು.",
    ),
    "ml": (
        "കൂടുതൽ വായിച്ചാൽ മനസ്സിലാകും എന്ന് അധ്യാപകൻ പറഞ്ഞു.",
        "ഇതും സത്യമാണ്.",
        "ഫോട്ടോ കണ്ട് അദ്ദേഹം കരഞ്ഞു.",
    ),
    "si": ("ඡායාරූපය දැක ඔහු හැඬුවේය.", "තවත් අය පැමිණියහ."),
    "de": (
        "Lesen Sie den Brief noch einmal, sagte sie.",
        "Mehr Menschen kamen als im Vorjahr.",
        "Foto und Film zeigen dasselbe.",
        "Teilen wollte er nicht.",
    ),
    "fr": (
        "Lire la lettre ne suffit pas.",
        "Plus de monde est venu cette année.",
        "Partager le pain est une vieille coutume.",
        "Publicité et presse vivent ensemble.",
    ),
    "es": (
        "Leer la carta no basta.",
        "Más gente vino este año.",
        "Compartir el pan es una vieja costumbre.",
        "Foto y película muestran lo mismo.",
    ),
    "it": ("Leggere la lettera non basta.", "Foto e film mostrano la stessa cosa."),
    "pt": ("Ler a carta não basta.", "Mais gente veio este ano."),
    "nl": ("Lees de brief nog eens, zei ze.", "Meer mensen kwamen dan vorig jaar."),
    "pl": ("Czytaj list jeszcze raz, powiedziała.", "Więcej ludzi przyszło niż rok temu."),
    "ru": (
        "Читать письмо он не стал.",
        "Фото и фильм показывают одно и то же.",
        "Реклама была запрещена.",
    ),
    "tr": ("Mektubu oku, dedi.", "Fotoğraf ve film aynı şeyi gösteriyor."),
    "id": ("Baca surat itu lagi, katanya.", "Foto dan film menunjukkan hal yang sama."),
}
