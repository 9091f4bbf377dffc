"""What is refused as an answer, and why, in a kind sentence; nothing is refused as a message."""

import re
from collections.abc import Callable

from bot.text import N_
from desk.recognising.judging import PLAIN
from desk.recognising.letter import recognise

# Tells what is wrong with an answer, in an English sentence of the catalogue; None when it will do.
Check = Callable[[str], str | None]

LONGEST_LINE = 200

# Series and number of a Russian passport: 4510 123456, 45 10 № 123456.
_PASSPORT = re.compile(r"(?<!\d)\d{2}[ \-]?\d{2}[ \-]*(?:№|N|No\.?)?[ \-]+\d{6}(?!\d)|(?<!\d)\d{4}\s*(?:№|N|No\.?)\s*\d{6}(?!\d)")
_PASSPORT_WORD = re.compile(r"паспорт|passport|снилс|загранпаспорт", re.IGNORECASE)
_TEN_DIGITS = re.compile(r"(?<!\d)\d{10}(?!\d)")
_NUMBER_OF = re.compile(r"заказ|договор|контракт|сч[её]т|клиент|карт|order|contract|account|client|card|№|#", re.IGNORECASE)
_SCAN = re.compile(r"паспорт|passport|pasport|снилс|удостоверен\w* личн", re.IGNORECASE)

NO_PASSPORT = N_("This looks like a passport or other identity number. It is not needed, and I have not kept it.")
ASK_TEN = N_(
    "Ten digits in a row look like a passport number, which is not needed. If it is an order or contract number, "
    "write, for example: order 4510123456."
)


def is_passport(text: str) -> bool:
    """Whether a text holds what looks like the number of an identity document."""
    return bool(_PASSPORT.search(text)) or bool(_PASSPORT_WORD.search(text) and re.search(r"\d{5}", text))


def is_scan(name: str) -> bool:
    """Whether a file calls itself a copy of an identity document."""
    return bool(_SCAN.search(name))


def demands(text: str) -> tuple[str, ...]:
    """The kinds that the law gives a term to and that a text seems to demand."""
    return tuple(kind for kind in recognise("", text).kinds if kind not in PLAIN)


def full_name(text: str) -> str | None:
    """Check a person's full name."""
    if is_passport(text):
        return NO_PASSPORT
    if len(text) > LONGEST_LINE:
        return N_("This is very long for a name. Please write the full name only.")
    if sum(letter.isalpha() for letter in text) < 2:
        return N_("I cannot see a name in this. Please write the full name in letters.")
    if "@" in text or sum(sign.isdigit() for sign in text) > 2:
        return N_("This looks like a contact or a number; that comes later. First the full name, please.")
    if len(text.split()) > 10 or demands(text):
        return N_("This looks like the request itself; there is a step for it. First the full name, please.")
    return None


def contact(text: str) -> str | None:
    """Check a contact or a number by which a person is found."""
    if is_passport(text):
        return NO_PASSPORT
    digits = _TEN_DIGITS.search(text)
    # Ten digits that begin with 9 are a mobile number without its country's 7.
    if digits and not digits.group().startswith("9") and not _NUMBER_OF.search(text) and "@" not in text:
        return ASK_TEN
    if len(text) > LONGEST_LINE:
        return N_("This is very long for a contact. An e-mail, a phone or a number is enough.")
    if sum(sign.isalnum() for sign in text) < 3:
        return N_("This is very short for a contact. Write an e-mail, a phone or a number, or skip the step.")
    return None


def wording(text: str) -> str | None:
    """Check words that are a request or a part of it."""
    if sum(sign.isalnum() for sign in text) < 2:
        return N_("I need a few more words here.")
    return None
