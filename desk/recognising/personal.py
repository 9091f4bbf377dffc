"""Personal data in words that are about to leave: numbers of documents, contacts, addresses, days of birth. Pure.

Numbers that bear a checksum are believed by it; others by their form, or by the word that stands before them. Text is read as
it is seen: without invisible signs, with any kind of space and digit. What stands here is recognised cheaply and asked about;
a false alarm costs one tap, so what may be the number of a passport is taken for one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

# So many characters of a text are read.
READ = 2_000_000


class Datum(StrEnum):
    """A kind of personal data."""

    PASSPORT = "passport"  # series and number of a passport, Russian or for travel
    DOCUMENT = "document"  # number of another document of a person: birth certificate, driving licence, insurance
    SNILS = "snils"  # number of pension insurance
    INN = "inn"  # taxpayer's number of a person (12 digits; 10 are a company's)
    CARD = "card"  # number of a bank card
    ACCOUNT = "account"  # a person's bank account
    BIRTH = "birth"  # day of birth
    PHONE = "phone"
    EMAIL = "email"
    POSTAL = "postal"  # postal address
    MARKED = "marked"  # staff said that it holds personal data


NUMBERS = frozenset({Datum.PASSPORT, Datum.DOCUMENT, Datum.SNILS, Datum.CARD})
"""Of these no reason lets a number leave to somebody who is not verified; only that it is no such number."""
CONTACTS = frozenset({Datum.PHONE, Datum.EMAIL, Datum.POSTAL})
"""What its reader may have told us themselves."""


@dataclass(frozen=True)
class Found:
    """Something that looks like personal data; `value` is folded for comparison and never logged."""

    datum: Datum
    value: str


def find(text: str) -> list[Found]:
    """What looks like personal data in a text, in the order of the kinds."""
    seen = _seen(text[:READ])
    found: list[Found] = []
    for datum, look in _LOOKS:
        found += [Found(datum, one) for one in dict.fromkeys(look(seen))]
    return found


def hidden(text: str) -> str:
    """A text without the numbers of documents, for whoever wrote them knows them, and who else reads it is not known."""
    if not NUMBERS & {one.datum for one in find(text)}:
        return text
    return _LONG_NUMBER.sub(lambda run: "…" if sum(map(str.isdigit, run[0])) >= 6 else run[0], text)


_LONG_NUMBER = re.compile(r"\d[\d\s\-.,№#:]{4,}\d")


def contact(text: str) -> str:
    """A contact folded as those that are found: digits of a phone from the tenth last on, an e-mail in small letters."""
    digits = re.sub(r"\D", "", text)
    return text.strip().casefold() if "@" in text else digits[-10:]


def _seen(text: str) -> str:
    """A text as it is read: compatibility forms, digits of any script and spaces plain, invisible signs left out."""
    plain = unicodedata.normalize("NFKC", text)
    out = []
    for one in plain:
        if one.isascii() or one.isalpha():
            out.append(one)
        elif (digit := unicodedata.digit(one, None)) is not None:
            out.append(str(digit))
        elif one in "–—−‐‑‒":
            out.append("-")
        elif unicodedata.category(one) in {"Cf", "Mn", "Me"}:
            continue
        else:
            out.append(" " if one.isspace() else one)
    return "".join(out)


# --- numbers of documents

_GAP = r"[\s\-.,:;№#/\\()*_]{0,6}"
# Ten digits apart stand on one line: in a table each line is another number.
_TEN = r"(?<!\d)(?:\d[ \t\-.,:;№#/\\()*_]{0,6}){9}\d(?!\d)"
_WORD = (
    r"паспорт\w*|загранпаспорт\w*|пасп\.|passport\w*|pasport\w*|удостоверени\w+ личности|серия|серии|сери[юей]|"
    r"series|identity (?:card|document)"
)
# Between the word and the number may stand who issued it, "number", "РФ": no other digits.
_AFTER_WORD = re.compile(
    rf"(?:{_WORD})[^\d]{{0,60}}?(?P<number>\d{{2}}{_GAP}\d{{2}}{_GAP}(?:номер\w*|number|no\.?|n)?{_GAP}\d{{6}})(?!\d)"
    rf"|(?:{_WORD})[^\d]{{0,40}}?(?P<spread>{_TEN})"
    rf"|(?:загран\w*|travel passport|international passport|foreign passport)[^\d]{{0,60}}?(?P<travel>\d{{2}}{_GAP}\d{{7}})(?!\d)"
    rf"|номер\w*{_GAP}(?P<reversed>\d{{6}})[,;]?\s*(?:серия|series){_GAP}\d{{2}}{_GAP}\d{{2}}(?!\d)",
    re.IGNORECASE,
)
_SHAPED = re.compile(
    r"(?<![\d+])(?:\d{2}[ \-]?\d{2}[ \-]*(?:№|N|No\.?|номер)?[ \-]+\d{6}|\d{4}\s*(?:№|N|No\.?|номер)\s*\d{6})(?!\d)",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\d+.,/№#\-])\d{10}(?![\d.,]\d|\d)")
# Ten digits after such a word are its number, and no passport's.
_OF_OTHERS = re.compile(
    r"(?:заказ\w*|договор\w*|контракт\w*|сч[её]т\w*|клиент\w*|накладн\w+|отправлени\w+|трек\w*|артикул\w*|заявк\w+|обращени\w+|"
    r"инн|огрн\w*|кпп|бик|окпо|тел\w*\.?|phone|order|contract|account|client|invoice|tracking|ticket|inn)"
    r"[\s:.,№#()\-]*(?:номер\w*|number|no\.?|под)?[\s:.,№#()\-]*$",
    re.IGNORECASE,
)


def _passports(text: str) -> Iterator[str]:
    for match in _AFTER_WORD.finditer(text):
        yield _digits(match["number"] or match["spread"] or match["travel"] or match[0])
    for match in _SHAPED.finditer(text):
        if not _OF_OTHERS.search(text[max(0, match.start() - 40) : match.start()]) and not _is_phone(match[0]):
            yield _digits(match[0])
    for match in _BARE.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        # Ten digits that begin with 9 are a mobile number without its country's 7, and found as such.
        if not match[0].startswith("9") and not _OF_OTHERS.search(before):
            yield match[0]


_DOCUMENT = re.compile(
    r"(?:свидетельств\w+ о (?:рождении|смерти|браке|заключении брака|расторжении брака)|водительск\w+ удостоверени\w+|"
    r"вид\w* на жительство|военн\w+ билет\w*|полис\w* (?:омс|дмс|осаго)|"
    r"birth certificate|death certificate|driv(?:ing|er['’]?s) licen[cs]e|residence permit)"
    r"[^\n.!?]{0,40}?(?P<number>(?:[ivx]{1,5}[\-\s]*[а-яёa-z]{2}[\s№-]*)?\d[\d \-№]{4,24}\d)",
    re.IGNORECASE,
)


def _documents(text: str) -> Iterator[str]:
    for match in _DOCUMENT.finditer(text):
        # A date is not the document's number.
        if len(_digits(match["number"])) >= 6 and not re.fullmatch(r"\d{2}[\s\-]\d{2}[\s\-]\d{4}", match["number"]):
            yield _digits(match["number"])


_SNILS = re.compile(r"(?<!\d)\d{3}[\- ]?\d{3}[\- ]?\d{3}[\- ]?\d{2}(?!\d)")
_SNILS_WORD = re.compile(r"снилс|страхов\w+ (?:номер|свидетельств)|snils|insurance number", re.IGNORECASE)


def _snils(text: str) -> Iterator[str]:
    for match in _SNILS.finditer(text):
        digits = _digits(match[0])
        named = _SNILS_WORD.search(text[max(0, match.start() - 40) : match.start()])
        shaped = re.fullmatch(r"\d{3}-\d{3}-\d{3}[\- ]\d{2}", match[0])
        if named or (_snils_sum(digits) and (shaped or not digits.startswith(("7", "8")))):
            yield digits


def _snils_sum(digits: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    return total % 101 % 100 == int(digits[9:])


_INN = re.compile(r"(?<!\d)\d{12}(?!\d)")
_INN_WORD = re.compile(r"инн\b[^\d]{0,20}$|\btin\b[^\d]{0,20}$|\binn\b[^\d]{0,20}$", re.IGNORECASE)


def _inns(text: str) -> Iterator[str]:
    for match in _INN.finditer(text):
        if _INN_WORD.search(text[max(0, match.start() - 30) : match.start()]) or _inn_sum(match[0]):
            yield match[0]


def _inn_sum(digits: str) -> bool:
    def control(weights: tuple[int, ...]) -> int:
        return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10

    first = control((7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    second = control((3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    return (first, second) == (int(digits[10]), int(digits[11]))


_CARD = re.compile(
    r"(?<![\d+])[2-6]\d{3}(?:[ \-.]?\d{4}){3}(?:[ \-.]?\d{1,3})?(?!\d)|(?<!\d)3[47]\d{2}[ \-]?\d{6}[ \-]?\d{5}(?!\d)"
)


def _cards(text: str) -> Iterator[str]:
    yield from (digits for match in _CARD.finditer(text) if _luhn(digits := _digits(match[0])))


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_ACCOUNT = re.compile(r"(?<!\d)(?:40817|40820|42301|42306|42305)[ ]?\d{3}[ ]?\d{1}[ ]?\d{4}[ ]?\d{7}(?!\d)")


def _accounts(text: str) -> Iterator[str]:
    yield from (_digits(match[0]) for match in _ACCOUNT.finditer(text))


# --- birth and contacts

_MONTHS = r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*"
_DAY = (
    r"(?:\d{1,2}[./\-]\d{1,2}[./\-](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2}|"
    rf"\d{{1,2}}\s+{_MONTHS}\s+(?:19|20)\d{{2}})"
)
_BORN = re.compile(
    rf"(?:дат[аыу] рождения|день рождения|родил(?:ся|ась)|рожд\w*|\bд\.?\s?р\.?|born|date of birth|birth\s?date|\bdob\b)"
    rf"[^\d\n]{{0,25}}(?P<after>{_DAY})|(?P<before>{_DAY})\s*(?:г\.?\s?р\.?\b|года? рождения)",
    re.IGNORECASE,
)
_BORN_COLUMN = re.compile(r"дат[аы] рождения|date of birth|birth\s?date", re.IGNORECASE)
_ANY_DAY = re.compile(_DAY, re.IGNORECASE)


def _births(text: str) -> Iterator[str]:
    yield from (match["after"] or match["before"] for match in _BORN.finditer(text))
    # In a table the word heads a column, and the days stand below it.
    head = _BORN_COLUMN.search(text)
    day = _ANY_DAY.search(text, head.end(), head.end() + 2000) if head else None
    table = head and day and "\n" in text[head.end() : day.start()]
    if head and day and table and re.search(r"[,;\t|]", text[max(0, head.start() - 200) : day.end() + 1]):
        yield day[0]


_PHONE = re.compile(
    r"(?<![\d.,/№#\-])(?:\+?7|8)[\s\-(]{0,3}\d{3}[\s\-)]{0,3}\d{3}[\s\-]?\d{2}[\s\-]?\d{2}(?!\d)|(?<!\d)9\d{9}(?!\d)"
)
_ABROAD = re.compile(r"(?<!\d)\+(?!7\b)\d{1,3}[\s\-(]{0,3}(?:\d[\s\-()]{0,2}){8,11}\d(?!\d)")
_EMAIL = re.compile(r"[\w.+'\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+")


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text.strip()))


def _phones(text: str) -> Iterator[str]:
    for pattern in (_PHONE, _ABROAD):
        for match in pattern.finditer(text):
            if not _OF_ORDERS.search(text[max(0, match.start() - 40) : match.start()]) or "+" in match[0]:
                yield _digits(match[0])[-10:]


_OF_ORDERS = re.compile(
    r"(?:заказ\w*|договор\w*|сч[её]т\w*|накладн\w+|трек\w*|артикул\w*|order|contract|invoice|tracking|снилс|инн|огрн\w*)"
    r"[\s:.,№#()\-]*(?:номер\w*|number|no\.?)?[\s:.,№#()\-]*$",
    re.IGNORECASE,
)


def _emails(text: str) -> Iterator[str]:
    yield from (match[0].strip(".'-").casefold() for match in _EMAIL.finditer(text))


_STREET = (
    r"(?:\b(?:ул|пр-?кт|просп|пер|наб|ш|б-?р|пл|мкр|пр-?д)\.|"
    r"\b(?:улиц[аеуы]|проспект\w*|переул\w+|набережн\w+|шоссе|бульвар\w*|площад\w+|микрорайон\w*|проезд\w*)\b)"
)
_POSTAL = re.compile(
    rf"{_STREET}[^\n]{{1,50}}?\b(?:д\.|дом\w*|вл\.|стр\.)?\s?\d{{1,4}}[а-яa-z/\d]{{0,4}}\b(?:[^\n]{{0,25}}?\b(?:кв|оф|корп)\w*\.?\s?\d{{1,4}})?"
    rf"|[А-ЯЁ][\w\-. ]{{2,30}}\s{_STREET}[^\n]{{0,10}}?\b(?:д\.|дом)\s?\d{{1,4}}"
    rf"|\b\d{{1,5}}\s(?:[A-Z][\w']+\s){{1,3}}(?:Street|St\.|Avenue|Ave\.|Road|Rd\.|Lane|Boulevard)\b",
    re.IGNORECASE | re.UNICODE,
)


def _postals(text: str) -> Iterator[str]:
    yield from (re.sub(r"\W+", " ", match[0]).strip().casefold() for match in _POSTAL.finditer(text))


# What shows where somebody lives, or how to reach them, wherever it stands in a text.
DAY = _DAY
PLACES = (_EMAIL, _PHONE, _ABROAD, _POSTAL)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


_LOOKS: tuple[tuple[Datum, Callable[[str], Iterator[str]]], ...] = (
    (Datum.PASSPORT, _passports),
    (Datum.DOCUMENT, _documents),
    (Datum.SNILS, _snils),
    (Datum.INN, _inns),
    (Datum.CARD, _cards),
    (Datum.ACCOUNT, _accounts),
    (Datum.BIRTH, _births),
    (Datum.PHONE, _phones),
    (Datum.EMAIL, _emails),
    (Datum.POSTAL, _postals),
)
