"""Turns bytes of any origin into text: the declared charset when it fits, else the likeliest of those people here write in."""

import codecs
import itertools
import re
from functools import cache

# Names seen in the wild that Python does not know, or knows too narrowly.
_ALIASES = {
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "utf": "utf-8",
    "unicode": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "windows1251": "cp1251",
    "windows": "cp1251",
    "ansi": "cp1251",
    "ansi-1251": "cp1251",
    "cp-1251": "cp1251",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "cp-1252": "cp1252",
    "cp-866": "cp866",
    "dos-866": "cp866",
    "ibm-866": "cp866",
    "x-ibm866": "cp866",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi-8-r": "koi8-r",
    "x-koi8-r": "koi8-r",
    "koi8u": "koi8-u",
    "x-mac-cyrillic": "mac-cyrillic",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cn-gb": "gb18030",
    "x-sjis": "cp932",
    "shift-jis": "cp932",
    "x-euc-jp": "euc-jp",
    "ks-c-5601-1987": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
}
# Python codecs that are no charset of a letter; some take quadratic time on purpose-made input.
_NO_CHARSET = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
# Charsets whose text can be pure ASCII bytes and still mean something else.
_SEVEN_BIT = frozenset({"utf-7", "hz", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
_CYRILLIC_GUESSES = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
# Charsets in which every byte, or nearly every byte, is a letter: decoding proves nothing.
_ANYTHING = frozenset(
    {"cp1251", "koi8-r", "koi8-u", "cp866", "mac-cyrillic", "iso8859-5", "iso8859-1", "cp1252", "iso8859-15", "ascii"}
)
_WESTERN = frozenset({"iso8859-1", "cp1252", "iso8859-15", "ascii"})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 20_000
# Letter pairs that make up much of running Russian text, and none of the garbage a wrong Cyrillic table makes.
_COMMON_PAIRS = frozenset(
    "ст но то на ен ов ни ра во ко го ал пр ро ли ре ос от ер по та не ор ть ет за ан ка ны ом де ол ле ат ес ло тр да"  # noqa: SIM905
    " ви ел те ит тв ки ма ми ск ва со об ис ия ин до ри нн ом ше ет ем ся бо дн ог бр ра от зы ва со гл ас сь их ых ую".split()
)
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
_CONTROLS.update(dict.fromkeys(range(0x80, 0xA0)))
_SURROGATES = re.compile("[\ud800-\udfff]")


@cache
def known(name: str) -> str | None:
    """The Python codec for a charset name as written in a mail, or None when there is no such charset."""
    plain = name.strip().strip("\"'").lower().partition("*")[0].replace("_", "-").replace(" ", "-")
    plain = _ALIASES.get(plain, plain)
    if not plain or len(plain) > 40 or not plain.isascii():
        return None
    try:
        info = codecs.lookup(plain)
    except (LookupError, ValueError):
        return None
    found = info.name.replace("_", "-")
    if found in _NO_CHARSET or not getattr(info, "_is_text_encoding", True):
        return None
    return found


def decode(data: bytes, declared: str | None = None) -> tuple[str, str | None]:
    """The text of `data` without NULs, controls and lone surrogates, and in English what was odd, or None."""
    if not data:
        return "", None
    text, odd = _decode(data, declared)
    return clean(text), odd


def clean(text: str) -> str:
    """`text` as it can be stored and shown: LF line ends, no NUL, no controls but tab and LF, no lone surrogates."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.translate(_CONTROLS)
    return _SURROGATES.sub("�", text).removeprefix("﻿")


def _decode(data: bytes, declared: str | None) -> tuple[str, str | None]:
    charset = known(declared) if declared else None
    for bom, name in _BOMS:
        if data.startswith(bom) and (name != "utf-32" or len(data) % 4 == 0):
            return data.decode(name, "replace"), None
    if charset in _SEVEN_BIT or (charset or "").startswith("iso2022"):
        return _seven_bit(data, charset or "ascii")
    odd = f"unknown charset {_shown(declared)}" if declared and charset is None else None
    if data.isascii():
        if charset is not None and charset.startswith(("cp037", "cp500", "cp1026", "cp1140")):
            return data.decode(charset, "replace"), None
        return _without_utf16(data), odd
    utf8 = _strict(data, "utf-8")
    if charset is None:
        return (utf8, odd) if utf8 is not None else (_guess(data), odd or "no charset declared for 8-bit text")
    if charset == "utf-8":
        if utf8 is not None:
            return utf8, None
        return _broken_utf8(data), "text is not valid in the declared charset utf-8"
    if utf8 is not None and charset in _ANYTHING:
        # Valid multi-byte UTF-8 does not happen by chance in a single-byte charset.
        return utf8, f"text is utf-8 and not the declared {charset}"
    strict = _strict(data, charset)
    if strict is None:
        best = _guess(data)
        replaced = data.decode(charset, "replace")
        # A few damaged characters are no reason to distrust a declaration.
        if charset not in _WESTERN and replaced.count("�") * 50 <= len(replaced):
            return replaced, f"text is not fully valid in the declared charset {charset}"
        return best, f"text is not valid in the declared charset {charset}"
    if charset in _ANYTHING:
        best = _guess(data)
        if charset in _WESTERN:
            if _score(best) > 0.45 and _words_look_cyrillic(best):
                return best, f"text is Cyrillic and not the declared {charset}"
        elif _score(best) > _score(strict) + 0.5:
            return best, f"text does not fit the declared charset {charset}"
    return strict, None


def _seven_bit(data: bytes, charset: str) -> tuple[str, str | None]:
    text = data.decode(charset, "replace")
    if charset.startswith(("utf-16", "utf-32")):
        readable = sum(c.isprintable() or c in "\r\n\t" for c in text[:_SAMPLE])
        if "�" in text or _mostly_foreign(text) or readable * 10 < 9 * len(text[:_SAMPLE]):
            plain = _strict(data, "utf-8")
            if plain is not None and "\0" not in plain:
                return plain, f"text is not in the declared charset {charset}"
    if "�" in text and not data.isascii():
        return _guess(data), f"text is not valid in the declared charset {charset}"
    return text, None


def _mostly_foreign(text: str) -> bool:
    """ASCII read as UTF-16 makes CJK out of every two letters."""
    sample = text[:_SAMPLE]
    return sum("\u2e80" <= c <= "\ud7ff" for c in sample) * 2 > len(sample) > 0


def _without_utf16(data: bytes) -> str:
    """ASCII bytes, or UTF-16 that nobody declared (every second byte a NUL)."""
    head = data[:_SAMPLE]
    if any(byte in head for byte in (0, 4)):
        for name, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
            high = head[offset::2]
            # The high bytes of Latin letters are 0, those of Cyrillic ones 4.
            if (high.count(0) + high.count(4)) * 10 > 9 * len(high) > 10:
                return data.decode(name, "replace")
    return data.decode("ascii", "replace")


def _strict(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError, ValueError):
        return None


def _broken_utf8(data: bytes) -> str:
    """Declared UTF-8 that is not: damaged UTF-8 keeps its good part, another charset is guessed."""
    text = data.decode("utf-8", "replace")
    bad = text.count("�")
    good = sum(c > "\x7f" for c in text) - bad
    if good > bad:
        return text
    best = _guess(data)
    return best if _score(best) > 0.3 or _western(best) else text


def _guess(data: bytes) -> str:
    utf8 = _strict(data, "utf-8")
    if utf8 is not None:
        return utf8
    sample = data[:_SAMPLE]
    found = max(_CYRILLIC_GUESSES, key=lambda name: _score(sample.decode(name, "replace")))
    text = data.decode(found, "replace")
    if not _words_look_cyrillic(text):
        western = data.decode("cp1252", "replace")
        if _western(western) > 0:
            return western
    return text


def _words_look_cyrillic(text: str) -> bool:
    """Whether Cyrillic letters stand together in words, and not alone inside Latin ones (é in a French word)."""
    sample = text[:_SAMPLE]
    pairs = mixed = 0
    for one, two in itertools.pairwise(sample):
        if _cyrillic(one) or _cyrillic(two):
            if _cyrillic(one) and _cyrillic(two):
                pairs += 1
            elif (one if _cyrillic(two) else two).isalpha():
                mixed += 1
    return pairs > mixed


def _western(text: str) -> int:
    return sum(c in "éèêëàâäáãåæçíìîïñóòôöõøúùûüýßœ€«»–—’“”£©®°ÀÁÄÉÈÊÖÜÇÑØÅ" for c in text[:_SAMPLE])


def _cyrillic(char: str) -> bool:
    return "Ѐ" <= char <= "ӿ"


def _score(text: str) -> float:
    """How much `text` reads as Russian: common letter pairs for it; rare letters, odd case and box drawing against."""
    sample = text[:_SAMPLE]
    points = 0.0
    outside = 0
    previous = " "
    for char in sample:
        if char > "\x7f":
            outside += 1
            if "а" <= char <= "я" or char == "ё":
                points += 0.5
                if previous + char in _COMMON_PAIRS:
                    points += 1.0
            elif "А" <= char <= "Я" or char == "Ё":
                # A capital inside a word of small letters is what KOI8 and CP1251 make of each other.
                if "а" <= previous <= "я":
                    points -= 1.5
                elif previous.lower() + char.lower() in _COMMON_PAIRS:
                    points += 0.9
                else:
                    points += 0.25
            elif char in "«»—–№…„“”’ іїєґўІЇЄҐЎ":
                points += 0.2
            else:
                points -= 1.0
        previous = char
    return points / outside if outside else 0.0


def _shown(name: str | None) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "?", (name or "").strip())[:40]
