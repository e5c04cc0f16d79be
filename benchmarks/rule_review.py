"""What a person decided about the tables of chrome: which rows do not act, and how rules speak.

Facts for `rule_packs.py`; nothing here is computed.
"""

from __future__ import annotations

# What a rule is for, by the tables' kind; the words that `archiver explain` shows.
WHAT = {
    "ad_label": "label of an advertisement",
    "app_promo": "asks readers to install the site's app",
    "author_bio": "a byline, or the heading of the box about the author",
    "back_to_top": "button at the foot of the page",
    "breadcrumb": "words of the navigation",
    "caption_label": "label of a picture's caption",
    "category_label": "label of the story's section",
    "comments": "heading, form or note of the comments",
    "cookie": "notice about cookies and data",
    "copyright": "the foot of the page: owner, terms, contact",
    "disclaimer": "the site's note about what it shows of others",
    "follow_us": "invitation to the site's channels",
    "listen_audio": "words of a player for sound or film",
    "login_subscribe": "words of the forms for readers' accounts",
    "newsletter": "invitation to a newsletter",
    "photo_credit": "credit of a picture",
    "prev_next": "links to the pages and stories before and after",
    "print_email": "buttons to print the page or to mail it",
    "published_label": "label of the date of publication, or how long ago that was",
    "reaction": "words of a row of buttons for readers' feelings",
    "read_also": "label of a teaser for another story",
    "related": "heading of a list of other stories",
    "share": "words of the share bar",
    "show_more": "button that unfolds more",
    "source_label": "label of the source, or an agency's sign",
    "tags_label": "label of the list of tags",
    "translate_note": "note about the story in another language",
    "updated_label": "label of the date of the last change",
    "whatsapp_join": "invitation to a channel of a messenger",
    "author": "the author's name beside the text",
    "date": "the date beside the text",
    "category": "the section's name beside the text",
}

# Labels that fill metadata (section, agency, captions) are for rules that take the value itself.
LABELS = {
    "caption_label": "caption",
    "photo_credit": "photo_credit",
    "category_label": "tags_label",
    "source_label": "closing_code",
    "author": "author_bio",
    "date": "published_label",
    "category": "tags_label",
}

# Where phrases come from, by a word of the table's column.
SOURCES = {
    "wordpress core": "WordPress' translations",
    "jetpack": "Jetpack's translations",
    "newspaper-tagdiv": "translations of the Newspaper theme",
    "jannah": "translations of the Jannah theme",
    "foxiz": "the Foxiz theme",
    "varient": "the Varient CMS",
    "simorgh": "the BBC's pages",
    "BBC": "the BBC's pages",
    "not verified": "speakers of the language",
}

# Languages that no page is told to be in.
LANGUAGES_LEFT_OUT = frozenset(["azb", "haz"])

# In these groups the wildcard is a number.
NUMBERS = frozenset(
    ["n-comments", "n-comments-on", "minutes-read", "page-n-of", "follow-counter", "bloggers-like"]
)
# A page's number stands behind these.
PAGES = frozenset(["page", "page-n-of", "pages", "page-links"])
# Scripts, and endings of languages, that no blank parts from the word before.
NO_BLANKS = frozenset(["zh", "ja", "ko", "as", "my"])

# Kinds that no rule of words can take safely, whatever the phrase.
KINDS_LEFT_OUT = frozenset(
    [
        ("app_promo", "inline"),  # the site's name in any sentence; `promotion` takes invitations
        ("caption_label", "inline"),
        ("published_label", "line_suffix"),  # halves of the day; dates are read by `date_line`
    ]
)

# Headings of what belongs to the story: a table of contents, questions and answers, a digest.
GROUPS_LEFT_OUT = frozenset(["toc", "highlights", "faq"])

# Rows that say what stories say as well: language, phrase.
LEFT_OUT = frozenset(
    [
        ("hi", "शीर्ष"),
        ("hi", "हर दिन कुछ नया सीखें"),
        ("hi", "(और ज्यादा…)"),
        ("en", "(more…)"),
        ("en", "You can go to the"),
        ("en", "The post"),  # the whole note of feeds is a rule of its own
        ("en", "Jagran New Media"),
        ("ta", "படிக்க கிளிக் செய்யவும்"),
        ("ta", "கிளிக் செய்யவும்"),
        ("hi", "पूरी खबर सुने"),
        ("gu", "દિવ્ય ભાસ્કર"),  # the site's name: `byline` takes it where it stands alone
        ("pt", "Adicionar"),  # "add", for "ad"
        ("ps", "اعلان"),  # "announcement"
        ("ko", "이전"),
        ("ko", "인쇄하기"),
        ("ml", "വായിക്കുക"),
        ("ne", "यो पनि"),  # "this too"
        ("ur", "٪ s کے طور پر لاگ ان اپنی پروفائل میں ترمیم کریں."),  # a broken placeholder
        ("en", "Via"),
        ("en", "SOURCES:"),  # heads a list of the story's own
        ("en", "VIA"),
        ("en", "Vote"),
    ]
)

# Rows that may be a story's own line, subheading or first words; they need their context.
IN_CONTEXT = frozenset(
    [
        ("pt", "Crédito,"),
        ("tr", "Kaynak,"),
        ("es", "Funciona con"),
        ("hi", "पढ़ने का समय"),
        ("ur", "کی فخریہ پیشکش"),
        ("en", "Ad"),
        ("en", "About Me"),
        ("en", "About me"),
        ("en", "Follow me"),
        ("en", "Follow us"),
        ("en", "FOLLOW US"),
        ("en", "Forget?"),
        ("en", "Loading"),
        ("en", "Loading..."),
        ("en", "Main Menu"),
        ("en", "Most read"),
        ("en", "Most recent"),
        ("en", "Most watched"),
        ("en", "Next Stories"),
        ("en", "Nothing Found"),
        ("en", "Our Divisions"),
        ("en", "Our Divisions:"),
        ("en", "Page not found"),
        ("en", "Remember Me"),
        ("en", "Remember me"),
        ("en", "Stay Connected"),
        ("en", "Stay Updated"),
        ("en", "Text Size"),
        ("en", "Top Headlines"),
        ("en", "Visual Stories"),
        ("en", "With Product You Purchase"),
        ("en", "sponsored"),
        ("en", "terms of service"),
        ("en", "{} Comment"),
        ("en", "{} Comments"),
        ("en", "One Comment"),
        ("en", "One comment"),
        ("es", "Más historias"),
        ("es", "Más reciente"),
        ("es", "Nada Encontrado"),
        ("es", "Sin resultados"),
        ("es", "Sobre mi"),
        ("es", "¿Olvidar?"),
        ("es", "Usted puede ir a"),
        ("es", "Final de {}"),
        ("de", "Gehen Sie zu"),
        ("de", "Nichts gefunden"),
        ("de", "Mehr erfahren"),
        ("de", "Vergessen?"),
        ("de", "über mich"),
        ("de", "Anzeige"),
        ("de", "Werbung"),
        ("pt", "Esqueceu?"),
        ("hi", "मेरे बारे में"),
        ("hi", "आप निम्न पर जा सकते हैं"),
        ("hi", "आपका मत"),
        ("hi", "इसके बाद सुनिए"),
        ("hi", "मुझे याद रखें"),
        ("hi", "लोड हो रहा है"),
        ("bn", "যা খুঁজতে চান"),
        ("bn", "শেয়ার"),
        ("ur", "میرے بارے میں"),
        ("ur", "آپ جا سکتے ہیں"),
        ("ur", "کچھ نھیں ملا"),
        ("ur", "زيادہ خبريں"),
        ("ur", "مزید کہانیاں"),
        ("mr", "आपल्या मागे"),
        ("mr", "अधिक गोष्टी"),
        ("mr", "नवीन लेख"),
        ("mr", "जुने लेख"),
        ("ta", "என்னை பற்றி"),
        ("ta", "நீங்கள் செல்லலாம்"),
        ("ta", "தகவல் இல்லை"),
        ("ta", "இன்னும் கதைகள்"),
    ]
)

# Facts about the page that say where to look, and take nothing away.
NOT_DROPPED = frozenset(["article_body", "title", "description"])

# Elements that hold text of stories too: system, selector.
SELECTORS_LEFT_OUT = frozenset(
    [
        ("wordpress", ".wp-block-embed"),  # a post of a network that the story speaks of
        ("wordpress", ".wp-block-file"),
        ("wordpress", ".entry-footer"),
        ("jannah", ".story-highlights"),
        ("jannah", ".featured-area"),
        ("jannah", ".topbar-today-date"),
        ("jannah", ".post-components"),  # around comments, author and more, which have rules
        ("foxiz", ".review-section"),
        ("foxiz", ".description-text"),
        ("foxiz", ".attribution"),
        ("foxiz", ".entry-top"),
        ("foxiz", ".entry-bottom"),
        ("foxiz", ".embed-holder"),
        ("newspaper-tagdiv", ".td-module-title"),
        ("soledad", ".post-box-title"),
        ("smart-mag", ".the-post-foot"),
        ("varient", ".post-image img[alt]"),
        ("drupal", ".block-views"),
        ("joomla", ".icons"),
        ("amp", "amp-iframe"),
        ("amp", "amp-story-player"),
        ("elementor", ".elementor-widget-form"),
        ("elementor", ".elementor-posts-container"),
        ("marathi-dailies", ".keyinfo"),
        ("marathi-dailies", ".synopsis"),
        ("indian-english", ".hide-mobile"),
        ("indian-english", "p.no-break"),
        ("oneindia", ".widgetHeading"),
        ("timesofindia", ".id-r-component"),
        ("timesofindia", ".byline"),
        ("bbc-world-service", "main time"),
        ("bbc-world-service", "figcaption"),
        ("generic-annoyance", ".widget_media_image"),
        ("generic-annoyance", "#imageModal"),
        ("generic-annoyance", ".header-banner"),
        ("generic-trafilatura", "[class*=more-on]"),
    ]
)

# What a pack is about, by the tables' name of the system.
SYSTEMS = {
    "wordpress": "WordPress core and what every theme of it inherits",
    "jannah": "the Jannah theme of WordPress",
    "sahifa": "the Sahifa theme of WordPress",
    "foxiz": "the Foxiz theme of WordPress",
    "newspaper-tagdiv": "the Newspaper theme of tagDiv",
    "jnews": "the JNews theme of WordPress",
    "publisher": "the Publisher theme of WordPress",
    "better-amp": "the plugin Better AMP of WordPress",
    "soledad": "the Soledad theme of WordPress",
    "smart-mag": "the SmartMag theme of WordPress",
    "jetpack": "the plugin Jetpack of WordPress",
    "elementor": "the plugin Elementor of WordPress",
    "generatepress": "the GeneratePress theme of WordPress",
    "astra": "the Astra theme of WordPress",
    "newsup-covernews-colormag": "the themes Newsup, CoverNews and ColorMag of WordPress",
    "varient": "the Varient CMS",
    "blogger": "Blogger",
    "drupal": "Drupal",
    "joomla": "Joomla",
    "amp": "AMP pages",
    "ad-inserter": "the plugin Ad Inserter of WordPress",
    "advanced-ads": "the plugin Advanced Ads of WordPress",
    "amarujala": "Amar Ujala",
    "bhaskar": "Dainik Bhaskar and Divya Bhaskar",
    "business-standard-hindi": "Business Standard in Hindi",
    "oneindia": "Oneindia",
    "timesofindia": "The Times of India",
    "bbc-world-service": "the BBC World Service",
    "bd-portals": "Bangladeshi dailies",
    "tamil-dailies": "Tamil dailies",
    "malayalam-dailies": "Malayalam dailies",
    "marathi-dailies": "Marathi dailies",
    "telugu-dailies": "Telugu dailies",
    "sinhala-portals": "Sinhala portals",
    "indian-english": "English-language dailies of India and Pakistan",
    "persian-agencies": "Persian news agencies",
    "arabic-dailies": "Arabic dailies",
    "disqus": "Disqus",
    "facebook-comments": "Facebook's comments and buttons",
    "vuukle": "Vuukle",
    "addtoany": "AddToAny",
    "addthis": "AddThis",
    "sharethis": "ShareThis",
    "shareaholic": "Shareaholic",
    "mashshare-social-warfare-etc": "plugins for share bars",
    "taboola": "Taboola",
    "outbrain": "Outbrain",
    "mgid": "MGID",
    "adnow-revcontent-etc": "services that place advertisements",
    "google-ads": "Google's advertisements",
    "generic-annoyance": "many sites",
    "generic-trafilatura": "many sites",
}

# Globs over a page's hints by which a system is told; see `extract/page.py`.
RECOGNISED = {
    "wordpress": ["generator:WordPress*", "path:wp-content", "path:wp-includes"],
    "jannah": ["theme:jannah*", "class:tie-no-js"],
    "sahifa": ["theme:sahifa*", "class:sahifa"],
    "foxiz": ["theme:foxiz*", "plugin:foxiz-core*"],
    "newspaper-tagdiv": ["theme:Newspaper*", "theme:Newsmag*", "class:td-standard-pack"],
    "jnews": ["theme:jnews*", "class:jnews*", "class:jeg_toggle_*", "class:jeg_single_tpl_*"],
    "publisher": ["theme:publisher*", "class:bs-theme", "class:publisher-*"],
    "better-amp": ["plugin:better-amp*", "class:better-amp"],
    "soledad": ["theme:soledad*", "class:penci-*"],
    "smart-mag": ["theme:smart-mag*", "class:smartmag", "class:ts-img"],
    "jetpack": ["plugin:jetpack*"],
    "elementor": ["generator:Elementor*", "plugin:elementor*", "class:elementor-default"],
    "generatepress": ["theme:generatepress*"],
    "astra": ["theme:astra*", "class:ast-*"],
    "newsup-covernews-colormag": ["theme:newsup*", "theme:covernews*", "theme:colormag*"],
    "varient": ["theme:assets/magazine", "theme:assets/classic", "generator:Varient*"],
    "blogger": ["generator:[Bb]logger*", "host:*.blogspot.*", "asset-host:www.blogger.com"],
    "drupal": ["generator:Drupal*", "path:sites/default/files", "class:page-node*"],
    "joomla": ["generator:Joomla*", "class:com_content", "path:media/jui"],
    "amp": ["asset-host:cdn.ampproject.org", "html:amp"],
    "ad-inserter": ["plugin:ad-inserter*"],
    "advanced-ads": ["plugin:advanced-ads*"],
    "amarujala": ["host:*amarujala.com"],
    "bhaskar": ["host:*bhaskar.com", "host:*divyabhaskar.co.in"],
    "business-standard-hindi": ["host:hindi.business-standard.com"],
    "oneindia": ["host:*oneindia.com"],
    "timesofindia": ["host:timesofindia.indiatimes.com"],
    "bbc-world-service": ["host:*bbc.com", "host:*bbc.co.uk"],
    "bd-portals": [
        "host:*prothomalo.com",
        "host:*kalerkantho.com",
        "host:*jugantor.com",
        "host:*samakal.com",
        "host:*bd-pratidin.com",
        "host:*banglanews24.com",
        "host:*bdnews24.com",
        "host:*jagonews24.com",
        "host:*.com.bd",
    ],
    "tamil-dailies": [
        "host:*dailythanthi.com",
        "host:*dinamani.com",
        "host:*hindutamil.in",
        "host:*puthiyathalaimurai.com",
        "host:*viduthalai.in",
    ],
    "malayalam-dailies": [
        "host:*manoramaonline.com",
        "host:*mathrubhumi.com",
        "host:*asianetnews.com",
        "host:*deshabhimani.com",
    ],
    "marathi-dailies": [
        "host:*lokmat.com",
        "host:*loksatta.com",
        "host:*maharashtratimes.com",
        "host:*maharashtratimes.indiatimes.com",
        "host:marathi.abplive.com",
    ],
    "telugu-dailies": ["host:*eenadu.net", "host:*andhrajyothy.com"],
    "sinhala-portals": ["host:*newsfirst.lk", "host:*adaderana.lk"],
    "indian-english": [
        "host:*thehindu.com",
        "host:*indianexpress.com",
        "host:*hindustantimes.com",
        "host:*deccanherald.com",
        "host:*scroll.in",
        "host:*thenewsminute.com",
        "host:*dawn.com",
    ],
    "persian-agencies": ["host:*khabaronline.ir", "host:*yjc.ir", "host:*aryanews.com"],
    "arabic-dailies": ["host:*albayan.ae", "host:*akhbarelyom.com", "host:*almasryalyoum.com"],
}

# Services whose elements bear their own names act on every page. Newsmag and Infinite have the
# names of Newspaper and Varient.
EVERYWHERE = dict.fromkeys(
    [
        "disqus", "facebook-comments", "vuukle", "addtoany", "addthis", "sharethis", "shareaholic",
        "mashshare-social-warfare-etc", "taboola", "outbrain", "mgid", "adnow-revcontent-etc",
        "google-ads", "generic-annoyance", "generic-trafilatura",
    ],
    "base",
)  # fmt: skip

LANGUAGES = {
    "ar": "Arabic", "as": "Assamese", "bho": "Bhojpuri",
    "bn": "Bengali", "ckb": "Central Kurdish", "de": "German", "en": "English", "es": "Spanish",
    "fa": "Persian", "fr": "French", "gu": "Gujarati", "hi": "Hindi",
    "id": "Indonesian", "ja": "Japanese", "kn": "Kannada", "ko": "Korean", "mai": "Maithili",
    "ml": "Malayalam", "mr": "Marathi", "my": "Burmese", "ne": "Nepali", "or": "Odia",
    "pa": "Punjabi", "ps": "Pashto", "pt": "Portuguese", "ru": "Russian", "sa": "Sanskrit",
    "sd": "Sindhi", "si": "Sinhala", "ta": "Tamil", "te": "Telugu", "tr": "Turkish",
    "ur": "Urdu", "zh": "Chinese",
}  # fmt: skip

# A sentence of a story in which a phrase stands, at its head: rules must leave it.
SENTENCES = {
    "ar": "{} — هذه هي الكلمات التي كتبها المعلم على السبورة في أول يوم من العام الدراسي أمام جميع التلاميذ.",
    "as": "{} — এই কথাকেইটাই শিক্ষকে শিক্ষাবৰ্ষৰ প্ৰথম দিনা সকলো ছাত্ৰ-ছাত্ৰীৰ সন্মুখত ব্লেকবৰ্ডত ডাঙৰ আখৰেৰে লিখিছিল।",
    "bho": "{} — इहे शब्द मास्टर साहेब पढ़ाई के पहिला दिन सगरी लइकन के सोझा श्यामपट्ट पर बड़का अक्षर में लिखले रहलन।",
    "bn": "{} — এই কথাগুলোই শিক্ষক স্কুলের প্রথম দিনে সব ছাত্রছাত্রীর সামনে ব্ল্যাকবোর্ডে বড় বড় অক্ষরে লিখেছিলেন।",
    "ckb": "{} — ئەم وشانە مامۆستا لە یەکەم ڕۆژی خوێندندا لەبەردەم هەموو قوتابییەکاندا لەسەر تەختەڕەشەکە نووسی.",
    "de": "{} — diese Worte schrieb der Lehrer am ersten Schultag in großen Buchstaben an die Tafel des Dorfes.",
    "en": "{} — these are the words that the teacher wrote on the blackboard on the first day of the school year.",
    "es": "{} — estas son las palabras que el maestro escribió en la pizarra el primer día del año escolar.",
    "fa": "{} — این همان کلماتی است که معلم در نخستین روز سال تحصیلی پیش چشم همه کودکان روی تخته نوشت.",
    "fr": "{} — ce sont les mots que le maître a écrits au tableau noir le premier jour de l'année scolaire.",
    "gu": "{} — આ જ શબ્દો શિક્ષકે શાળાના પહેલા દિવસે બધા વિદ્યાર્થીઓની સામે કાળા પાટિયા પર મોટા અક્ષરે લખ્યા હતા.",
    "hi": "{} — यही शब्द शिक्षक ने स्कूल के पहले दिन सब बच्चों के सामने श्यामपट्ट पर बड़े अक्षरों में लिखे थे।",
    "id": "{} — itulah kata-kata yang ditulis guru di papan tulis pada hari pertama sekolah di depan semua murid.",
    "ja": "{}――これは先生が学校の最初の日に子どもたちみんなの前で黒板に大きな字で書いた言葉であり、雨の降る静かな朝のことを村の人たちは今でもよく覚えていると話してくれた。",
    "kn": "{} — ಶಾಲೆಯ ಮೊದಲ ದಿನ ಎಲ್ಲ ಮಕ್ಕಳ ಮುಂದೆ ಶಿಕ್ಷಕರು ಕಪ್ಪು ಹಲಗೆಯ ಮೇಲೆ ದೊಡ್ಡ ಅಕ್ಷರಗಳಲ್ಲಿ ಬರೆದ ಮಾತುಗಳು ಇವೇ.",
    "ko": "{} — 이 말은 선생님이 새 학년 첫날 모든 아이들 앞에서 칠판에 큰 글씨로 적어 둔 것으로, 마을 사람들은 비가 조용히 내리던 그날 아침을 아직도 기억한다.",
    "mai": "{} — यैह शब्द मास्टर साहेब पढ़ाइक पहिल दिन सभ बच्चाक सोझाँ श्यामपट्ट पर पैघ अक्षर मे लिखने छलाह।",
    "ml": "{} — സ്കൂളിന്റെ ആദ്യ ദിവസം എല്ലാ കുട്ടികളുടെയും മുന്നിൽ അധ്യാപകൻ കറുത്ത ബോർഡിൽ വലിയ അക്ഷരങ്ങളിൽ എഴുതിയ വാക്കുകൾ ഇവയാണ്.",
    "mr": "{} — हेच शब्द शिक्षकांनी शाळेच्या पहिल्या दिवशी सगळ्या मुलांसमोर फळ्यावर मोठ्या अक्षरांत लिहिले होते.",
    "my": "{} — ဤစကားလုံးများကို ဆရာက ကျောင်းဖွင့်သည့် ပထမဆုံးနေ့တွင် ကလေးအားလုံးရှေ့၌ ကျောက်သင်ပုန်းပေါ်တွင် ရေးခဲ့သည်။",
    "ne": "{} — शिक्षकले विद्यालयको पहिलो दिन सबै विद्यार्थीको अगाडि कालोपाटीमा ठूला अक्षरले लेखेका शब्द यिनै हुन्।",
    "or": "{} — ଶିକ୍ଷକ ବିଦ୍ୟାଳୟର ପ୍ରଥମ ଦିନ ସମସ୍ତ ପିଲାଙ୍କ ଆଗରେ କଳାପଟାରେ ବଡ଼ ବଡ଼ ଅକ୍ଷରରେ ଏହି ଶବ୍ଦଗୁଡ଼ିକ ଲେଖିଥିଲେ।",
    "pa": "{} — ਅਧਿਆਪਕ ਨੇ ਸਕੂਲ ਦੇ ਪਹਿਲੇ ਦਿਨ ਸਾਰੇ ਬੱਚਿਆਂ ਦੇ ਸਾਹਮਣੇ ਬਲੈਕਬੋਰਡ ਉੱਤੇ ਵੱਡੇ ਅੱਖਰਾਂ ਵਿੱਚ ਇਹੀ ਸ਼ਬਦ ਲਿਖੇ ਸਨ।",
    "ps": "{} — دا هغه کلمې دي چې ښوونکي د ښوونځي په لومړۍ ورځ د ټولو ماشومانو مخې ته پر توره تخته ولیکلې.",
    "pt": "{} — estas são as palavras que o professor escreveu no quadro no primeiro dia do ano letivo da aldeia.",
    "ru": "{} — именно эти слова учитель написал на доске в первый день учебного года перед всеми детьми деревни.",
    "sa": "{} — एतानि एव पदानि शिक्षकः विद्यालयस्य प्रथमे दिने सर्वेषां बालकानां पुरतः श्यामफलके बृहद्भिः अक्षरैः अलिखत्।",
    "sd": "{} — اهي ئي لفظ استاد اسڪول جي پهرئين ڏينهن سڀني ٻارن جي سامهون ڪاري تختي تي وڏن اکرن ۾ لکيا هئا.",
    "si": "{} — ගුරුවරයා පාසලේ පළමු දිනයේ සියලු ළමයින් ඉදිරියේ කළු ලෑල්ලේ ලොකු අකුරින් ලිව්වේ මේ වචනයි, ඔවුන් එය අමතක කළේ නැත.",
    "ta": "{} — பள்ளியின் முதல் நாளில் எல்லாக் குழந்தைகளின் முன்னிலையில் ஆசிரியர் கரும்பலகையில் பெரிய எழுத்தில் எழுதிய சொற்கள் இவை.",
    "te": "{} — పాఠశాల మొదటి రోజున పిల్లలందరి ముందు ఉపాధ్యాయుడు నల్లబల్లపై పెద్ద అక్షరాలతో రాసిన మాటలు ఇవే, వారు మరచిపోలేదు.",
    "tr": "{} — öğretmenin okulun ilk gününde bütün çocukların önünde kara tahtaya yazdığı sözcükler işte bunlardı.",
    "ur": "{} — یہی وہ الفاظ ہیں جو استاد نے اسکول کے پہلے دن تمام بچوں کے سامنے تختہ سیاہ پر بڑے حروف میں لکھے تھے۔",
    "zh": "{}——这几个字是老师在开学第一天当着所有孩子的面用粉笔写在黑板上的，孩子们一边大声念一边把它抄在新的练习本里，后来谁也没有忘记那个下着小雨的早晨，连校门口卖早点的老人也记得清清楚楚。",
}  # fmt: skip
