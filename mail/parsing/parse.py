"""Turns the bytes of a mail into a `ParsedMail`, whatever the bytes are: nothing here raises, what was odd is told in words.

The standard parser builds the tree; the header values, bodies and file names are read by own code, because the
standard accessors raise on much that real mailboxes hold. A letter passes through here once, in this order: the tree
(`hollow`, `salvage`), its parts (`parts`), the containers among them (`containers`), the texts of its files (`filetext`), its
own words (`quotes`). Parsing megabytes takes tenths of a second: call it in a thread.
"""

from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message

from mail.parsing import charset, remarks, salvage
from mail.parsing.containers import is_letter, opened, texts_shown
from mail.parsing.filetext import texts_of
from mail.parsing.fingerprints import fingerprint, trimmed
from mail.parsing.headers import Address, Headers, addresses, date, identifier, identifiers, raw_fields, words
from mail.parsing.hollow import hollowed
from mail.parsing.parsed import File, ParsedMail, Remark, with_letters
from mail.parsing.parts import LONGEST_TEXT, MOST_PARTS, Item, Reading, Words, leaf, parameters_of, read
from mail.parsing.pictures import is_aside
from mail.parsing.quotes import own_words
from mail.parsing.recalls import recalled
from mail.parsing.sealed import NO_KEYS, Keys

__all__ = ["Address", "File", "Headers", "ParsedMail", "Remark", "attached_texts", "fingerprint", "is_letter", "parse"]

# Bytes of the largest letter that the desk takes whole. Of a larger one the beginning is kept and parked (mail.mailbox).
LARGEST = 50 * 1024 * 1024
_LEVELS = 3  # of letters inside letters that are opened
_MOST_LETTERS_TEXT = 200_000  # characters of a letter inside the letter that are shown


def parse(raw: bytes, *, keys: Keys = NO_KEYS, levels: int = _LEVELS) -> ParsedMail:
    """What the mail in `raw` says. Never raises, for any bytes. `keys` open what is encrypted to the operator."""
    hollow = hollowed(trimmed(raw))
    reading = Reading(hollow)
    message, items = _tree(hollow.light, reading)
    if "from" not in message:
        repaired = salvage.repaired(hollow.light)
        if repaired is not None:
            reading.odd(remarks.misplaced_header())
            message, items = _tree(repaired, reading)
    declared = _declared(message)
    pairs = raw_fields(list(message.raw_items()), declared)
    headers = Headers(tuple((name, words(value)) for name, value in pairs))
    raw_headers = Headers(pairs)
    _note_headers(headers, reading)
    whole = (lambda content: parse(content, keys=keys, levels=levels - 1)) if levels > 1 else None
    items, letters = opened(items, reading, keys=keys, whole=whole, tree=_inner)
    items = texts_shown(items) if not letters else items
    subject = " ".join((headers.first("subject") or "").split())[:2_000]
    mail = ParsedMail(
        message_id=identifier(headers.first("message-id")),
        in_reply_to=identifiers(headers.first("in-reply-to") or ""),
        references=identifiers(" ".join(headers.all("references"))),
        subject=subject,
        sender=_first_address(raw_headers, "from", reading) or _first_address(raw_headers, "sender", reading),
        reply_to=_first_address(raw_headers, "reply-to", reading),
        to=_all_addresses(raw_headers, "to"),
        cc=_all_addresses(raw_headers, "cc"),
        date=date(headers.first("date")),
        body=_body(items, reading),
        text="",
        own_text="",
        new_text="",
        html="\n".join(item.page for item in items if isinstance(item, Words) and item.page)[:LONGEST_TEXT] or None,
        files=_files(items, letters, reading),
        headers=headers,
        remarks=(),
        letters=tuple(letters),
        quoted=reading.quoted,
    )
    return _finished(mail, reading)


def _finished(mail: ParsedMail, reading: Reading) -> ParsedMail:
    """What follows from the parts once they are known: the whole text, the own words, the texts of files, the signals."""
    texts, said = texts_of([file for file in mail.files if not is_letter(file)])
    for remark in (*said, *(remark for letter in mail.letters for remark in letter.remarks if remark.told)):
        reading.odd(remark)
    inner = [text for letter in mail.letters for text in (f"{letter.subject}\n\n{letter.own_text}", *letter.file_texts)]
    own = own_words(mail.body, answers=mail.answers, forwarded=mail.forwarded, introduced=mail.quoted)
    return replace(
        mail,
        text=with_letters(mail.body, [(letter, letter.text[:_MOST_LETTERS_TEXT]) for letter in mail.letters])[:LONGEST_TEXT],
        own_text=own,
        new_text=with_letters(own, [(letter, letter.new_text[:_MOST_LETTERS_TEXT]) for letter in mail.letters])[:LONGEST_TEXT],
        file_texts=(*inner, *texts),
        remarks=tuple(reading.remarks),
        reaction=reading.reaction,
        recalls=recalled(mail.subject, mail.body),
    )


def attached_texts(mail: ParsedMail) -> tuple[str, ...]:
    """The text of attached letters, text files and documents: what a person may have put their demand into."""
    return mail.file_texts


# --- the tree


def _tree(data: bytes, reading: Reading) -> tuple[Message, list[Item]]:
    """The message and its items; what cannot be followed is read flat."""
    try:
        if not salvage.toilsome(data):
            message = message_from_bytes(data)
            return message, _items(message, data, reading)
        reading.odd(remarks.too_deep())
    except RecursionError:
        reading.odd(remarks.too_deep())
    except Exception:  # noqa: BLE001 - whatever the standard parser meets, the letter stays readable
        reading.odd(remarks.broken_structure())
    head, _ = salvage.split_head(data)
    return salvage.head_only(head), _flat(data, reading)


def _items(message: Message, data: bytes, reading: Reading) -> list[Item]:
    try:
        return read(message, reading)
    except Exception:  # noqa: BLE001 - a part nobody has thought of must not cost the letter
        reading.odd(remarks.broken_structure())
        return _flat(data, reading)


def _flat(data: bytes, reading: Reading) -> list[Item]:
    """The parts of a mail whose structure is beyond following, in order and without nesting."""
    items: list[Item] = []
    for part in salvage.leaves(data, most=MOST_PARTS):
        try:
            items += leaf(part, reading)
        except Exception:  # noqa: BLE001 - one bad part must not cost the others
            reading.odd(remarks.unreadable_part())
    return items


def _inner(content: bytes, outer: Reading) -> list[Item]:
    """The items of a part that was packed or sealed: a tree of its own, told about in the same letter."""
    hollow = hollowed(content)
    reading = Reading(hollow, remarks=outer.remarks, parts=outer.parts, report=outer.report, small=outer.small)
    _, items = _tree(hollow.light, reading)
    outer.parts, outer.quoted = reading.parts, outer.quoted or reading.quoted
    return items


def _declared(message: Message) -> str | None:
    """The charset of the first text, a good guess for raw 8-bit headers."""
    try:
        for depth, part in enumerate(message.walk()):
            found = parameters_of(part, "content-type").get("charset")
            if found:
                return found
            if depth > 5:
                break
    except RecursionError:
        pass
    return None


# --- the headers


def _note_headers(headers: Headers, reading: Reading) -> None:
    for name in ("from", "subject", "date", "message-id"):
        count = len(headers.all(name))
        if count == 0:
            reading.odd(remarks.quiet(f"no {name.title()} header"))
        elif count > 1:
            reading.odd(remarks.quiet(f"{count} {name.title()} headers, the first is used"))
    if headers.first("date") and date(headers.first("date")) is None:
        reading.odd(remarks.quiet("unreadable Date header"))


def _first_address(headers: Headers, name: str, reading: Reading) -> Address | None:
    for value in headers.all(name):
        found = addresses(value)
        if found:
            if len(found) > 1 and name == "from":
                reading.odd(remarks.quiet("several senders in From, the first is used"))
            return found[0]
    if headers.first(name):
        reading.odd(remarks.quiet(f"no usable address in {name.title()}"))
    return None


def _all_addresses(headers: Headers, name: str) -> tuple[Address, ...]:
    return tuple(found for value in headers.all(name)[:20] for found in addresses(value))


# --- the body and the files


def _body(items: Sequence[Item], reading: Reading) -> str:
    """The words of the letter in order; a part with a name of its own stands under it, unless it begins the letter."""
    out: list[str] = []
    for item in items:
        if isinstance(item, Words) and item.text.strip():
            text = item.text.strip("\n")
            out.append(f"📄 {item.name}\n{text}" if item.name and out else text)
    whole = charset.clean("\n\n".join(out)).strip("\n")
    if len(whole) > LONGEST_TEXT:
        reading.odd(remarks.too_long())
    return whole[:LONGEST_TEXT]


def _files(items: Sequence[Item], letters: Sequence[ParsedMail], reading: Reading) -> tuple[File, ...]:
    """The files, little pictures marked as such where there is anything else to look at."""
    files = [item for item in items if isinstance(item, File)]
    aside = [is_aside(file, reading.small) for file in files]
    words = any(isinstance(item, Words) and any(map(str.isalnum, item.text)) for item in items)
    if not (words or letters or not all(aside)):
        return tuple(files)
    return tuple(replace(file, aside=True) if little else file for file, little in zip(files, aside, strict=True))
