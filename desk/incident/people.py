"""The list of people concerned: a table as it comes out of anybody's program - any charset, any delimiter. Pure.

Each line is one person, by e-mail or Telegram. A bad line is named and left out; an address that stands there twice is told once.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from desk.errors import Refused
from desk.i18n import N_
from desk.lines import one_line

LONGEST = 200_000
DELIMITERS = (";", ",", "\t", "|")
# What columns are called, folded.
_EMAIL = (
    "email",
    "e-mail",
    "mail",
    "почта",
    "эл. почта",
    "электронная почта",
    "адрес электронной почты",
    "имейл",
    "емейл",
    "e-mail адрес",
)
_TELEGRAM = ("telegram", "tg", "телеграм", "телеграмм", "telegram id", "telegram_id")
_NAME = ("name", "full name", "имя", "фио", "ф.и.о.", "ф. и. о.", "клиент", "получатель")
_LANGUAGE = ("language", "lang", "язык")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}")
_ACCOUNT = re.compile(r"@?[A-Za-z][A-Za-z0-9_]{3,31}|\d{4,15}")
# Letters that Russian text is mostly made of: by them the one-byte charsets are told apart.
_COMMON = frozenset("оеаинтсрвлкмдпуя")


@dataclass(frozen=True)
class Person:
    """Whom to tell: `channel` is mail or telegram, `address` the e-mail address or the private chat's number."""

    channel: str
    address: str
    name: str = ""
    language: str = "ru"


@dataclass(frozen=True)
class BadLine:
    """A line that tells nobody: its number in the file from 1, and why (a sentence with `found`)."""

    number: int
    why: str
    found: str = ""


@dataclass
class Listed:
    """What a list holds."""

    people: list[Person] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    twice: int = 0


NO_ADDRESS = N_("no address")
WRONG_ADDRESS = N_("“%(found)s” is no address")
UNKNOWN_ACCOUNT = N_("%(found)s has not written to the bot, and a bot cannot write first")


def read(data: bytes, accounts: Mapping[str, str], language: str = "ru") -> Listed:
    """The people of a list; `accounts` are the private chats by Telegram name (folded, without @) and number.

    Raises Refused for what is no list: no text, no address in it, too long.
    """
    text = decoded(data)
    rows = _rows(text)
    if not rows:
        raise Refused("There is nobody on this list: it holds no line.")
    if len(rows) > LONGEST:
        raise Refused("This list is too long: at most %(most)s lines. Send it in parts.", most=LONGEST)
    columns = _columns(rows[0][1])
    listed, seen = Listed(), set[tuple[str, str]]()
    for number, cells in rows[1 if columns else 0 :]:
        found = _person(cells, columns, accounts, language)
        if isinstance(found, Person):
            key = (found.channel, found.address.casefold())
            listed.twice += key in seen
            if key not in seen:
                seen.add(key)
                listed.people.append(found)
        else:
            listed.bad.append(BadLine(number, *found))
    if not listed.people and not columns and not any("@" in one or one.isdigit() for _, cells in rows for one in cells):
        raise Refused("This is no list of people: no line holds an e-mail address or a Telegram account.")
    return listed


def decoded(data: bytes) -> str:
    """The text of a file in any of the charsets that tables are saved in. Raises Refused for what is no text."""
    if data[:2] in {b"PK", b"\xd0\xcf"} or data[:4] == b"%PDF":
        raise Refused("This is no CSV: save the table as CSV (text with separators) first.")
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(charset, errors="replace")
    for charset, high in (("utf-16-le", data[1:2000:2]), ("utf-16-be", data[0:2000:2])):
        # Without its mark: every other byte is that of Latin or Cyrillic letters.
        if len(high) > 1 and sum(one in {0, 4} for one in high) > 0.8 * len(high):
            return data.decode(charset, errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        tried = [data.decode(charset, errors="replace") for charset in ("cp1251", "koi8-r", "cp866")]
        text = max(tried, key=lambda one: sum(letter in _COMMON for letter in one))
    if "\0" in text:
        raise Refused("This is no CSV: save the table as CSV (text with separators) first.")
    return text


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The lines that hold something, with their numbers in the file."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    skipped = 0
    if (first := lines.split("\n", 1)[0].strip().casefold()).startswith("sep="):  # what Excel writes above its tables
        delimiter, skipped = first[4:5] or "\t", 1
        lines = lines.split("\n", 1)[1] if "\n" in lines else ""
    else:
        delimiter = _delimiter(lines)
    found, reader = list[tuple[int, list[str]]](), csv.reader(io.StringIO(lines), delimiter=delimiter)
    try:
        for cells in reader:
            shown = [one_line(cell).strip() for cell in cells]
            if any(shown):
                found.append((reader.line_num + skipped, shown))
    except csv.Error as error:
        raise Refused("This is no list of people: no line holds an e-mail address or a Telegram account.") from error
    return found


def _delimiter(text: str) -> str:
    """The delimiter by which most lines have the same number of cells; outside quotes."""
    sample = [re.sub(r'"[^"]*"', "", line) for line in text.split("\n")[:50] if line.strip()]

    def weight(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in sample]
        usual = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(usual) if usual else 0, usual)

    return max(DELIMITERS, key=weight)


def _columns(first: list[str]) -> dict[str, int]:
    """What each column is, where the first line says so."""
    found: dict[str, int] = {}
    for place, cell in enumerate(first):
        folded = cell.casefold().replace("ё", "е").strip(" *:")
        for what, names in (("email", _EMAIL), ("telegram", _TELEGRAM), ("name", _NAME), ("language", _LANGUAGE)):
            if folded in names:
                found.setdefault(what, place)
    return found if {"email", "telegram"} & found.keys() else {}


def _person(
    cells: list[str], columns: dict[str, int], accounts: Mapping[str, str], language: str
) -> Person | tuple[str, str] | tuple[str]:
    """The person of a line, or why there is none."""

    def cell(what: str) -> str:
        place = columns.get(what, -1)
        return cells[place] if 0 <= place < len(cells) else ""

    if columns:
        email, telegram, name = cell("email"), cell("telegram"), cell("name")
    else:
        email = next((one for one in cells if "@" in one and not one.startswith("@")), "")
        telegram = (
            "" if email else next((one for one in cells if _ACCOUNT.fullmatch(one) and (one[0] == "@" or one.isdigit())), "")
        )
        name = next((one for one in cells if one not in {email, telegram} and not any(map(str.isdigit, one))), "")
    spoken = cell("language").casefold()[:2]
    speaks = spoken if spoken in {"ru", "en"} else language
    if email:
        address = re.sub(r"^(?:mailto:)|[<>]", "", email.split("<")[-1], flags=re.IGNORECASE).strip(" .;,")
        if _ADDRESS.fullmatch(address) and ".." not in address:
            return Person("mail", address, name, speaks)
        if not telegram:
            return WRONG_ADDRESS, email[:80]
    if telegram:
        chat = accounts.get(telegram.removeprefix("@").casefold()) if _ACCOUNT.fullmatch(telegram) else None
        return Person("telegram", chat, name, speaks) if chat else (UNKNOWN_ACCOUNT, telegram[:80])
    return (NO_ADDRESS,)
