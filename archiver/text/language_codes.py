"""Codes of languages: a BCP 47 tag in, its ISO 639-3 code or its usual spelling out."""

from __future__ import annotations

# ISO 639-1 with ISO 639-3 of every language that CLD2 can say. Source: CLDR's aliases; where
# ISO 639-3 has a macrolanguage, the individual one that news is written in, if there is one such.
PAIRS = (
    "aa:aar ab:abk af:afr ak:aka am:amh ar:arb as:asm ay:aym az:aze ba:bak be:bel bg:bul bi:bis "
    "bn:ben bo:bod br:bre bs:bos ca:cat co:cos cs:ces cy:cym da:dan de:deu dv:div dz:dzo ee:ewe "
    "el:ell en:eng eo:epo es:spa et:est eu:eus fa:pes fi:fin fj:fij fo:fao fr:fra fy:fry ga:gle "
    "gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin hr:hrv ht:hat hu:hun hy:hye ia:ina "
    "id:ind ie:ile ig:ibo ik:ipk is:isl it:ita iu:iku ja:jpn jv:jav ka:kat kk:kaz kl:kal km:khm "
    "kn:kan ko:kor ks:kas ku:kur ky:kir la:lat lb:ltz lg:lug ln:lin lo:lao lt:lit lv:lav mg:mlg "
    "mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya na:nau ne:npi nl:nld nn:nno no:nor "
    "nr:nbl ny:nya oc:oci om:orm or:ory os:oss pa:pan pl:pol ps:pus pt:por qu:que rm:roh rn:run "
    "ro:ron ru:rus rw:kin sa:san sd:snd sg:sag si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi "
    "sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl "
    "tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol "
    "wo:wol yi:yid yo:yor za:zha zh:zho zu:zul"
)
# Codes of their own, and those whose script makes them another language.
_OWN = {"kok": "gom", "doi": "dgo", "pa-Arab": "pnb"}
_ISO639_3 = {**dict(pair.split(":") for pair in PAIRS.split()), **_OWN}
_LENGTH = 3  # letters of an ISO 639-3 code
_SHORTER = {long: short for short, long in (pair.split(":") for pair in PAIRS.split())}
_SCRIPT, _REGION = 4, 2  # letters of these subtags


def iso639_3(tag: str) -> str:
    """The ISO 639-3 code of a BCP 47 tag; ``und`` where there is none.

    >>> iso639_3("hi-Latn"), iso639_3("pa-Arab"), iso639_3("bho"), iso639_3("kok")
    ('hin', 'pnb', 'bho', 'gom')
    """
    primary = tag.partition("-")[0]
    if found := _ISO639_3.get(tag) or _ISO639_3.get(primary):
        return found
    return primary if len(primary) == _LENGTH else "und"


def canonical(tag: str) -> str:
    """A BCP 47 tag as the archive spells it: case by RFC 5646, 2.1.1, the shorter of two codes.

    What is no tag comes back in some case.

    >>> canonical("HI-latn"), canonical("hin"), canonical("en-us"), canonical("sr-LATN-rs")
    ('hi-Latn', 'hi', 'en-US', 'sr-Latn-RS')
    """
    primary, *rest = tag.lower().split("-")
    told = [_SHORTER.get(primary, primary)]
    for subtag in rest:
        single = len(told[-1]) == 1  # what stands behind one is the extension's own
        if len(subtag) == _SCRIPT and not single:
            told.append(subtag.title())
        else:
            told.append(subtag.upper() if len(subtag) == _REGION and not single else subtag)
    return "-".join(told)


def canonical_script(code: str) -> str:
    """An ISO 15924 code in its usual case.

    >>> canonical_script("deva")
    'Deva'
    """
    return code.title()
