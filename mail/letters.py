"""Our letters, from the acknowledgement to the closing, built from an outbox row's content and nothing else.

The same content gives the same bytes: Message-ID and Date are fixed in it, boundaries come from the Message-ID. So a
letter that is sent twice is recognisably one letter. Words stand in templates/ (see README.md there).

The headers are made by the older half of `email` (compat32, `Header`): the newer one folds quoted names wrongly.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from email import policy
from email.charset import BASE64, QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import encode_rfc2231, format_datetime, formataddr
from functools import cache
from typing import Any, Final

from babel.dates import format_date, format_time, get_timezone_location
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from desk import contents
from desk.context import Operator
from desk.errors import Permanent
from desk.i18n import spoken, stored, words
from desk.latin import latin
from desk.letters.numbers import known_as
from desk.providers import ascii_domain
from mail.markup import Words, marked, written
from models import Ending

# Demands after which the law may let the operator go on with some of the data (152-FZ Art. 6(1), 21(5); GDPR Art. 6, 17(3)).
MAY_GO_ON: Final = frozenset({"consent_withdrawal", "stop_processing", "destruction_request", "distribution_stop"})

# Readers whose acknowledgement is a file of its own; all others read the common one.
WORDED_FOR: Final = frozenset({"authority", "anybody"})

_BODY: Final = "\x00body\x00"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,990}>")
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a letter, whole."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A letter ready to go: the addresses of its envelope, its Message-ID, its bytes with CRLF line ends.

    `utf8` tells that the server must take SMTPUTF8 (RFC 6531), because an address is not ASCII before its @.
    """

    sender: str
    recipient: str
    message_id: str
    raw: bytes
    utf8: bool


def build(operator: Operator, regime: str, content: contents.Letter, files: Sequence[Enclosure] = ()) -> Letter:
    """The letter of an outbox row. Raises Permanent when the row cannot be one: it has no envelope, or no usable address."""
    envelope = content.envelope
    if envelope is None:
        raise Permanent("The letter has no envelope.")
    sender, recipient = wire_address(envelope.sender), wire_address(envelope.to)
    utf8 = not (sender + recipient).isascii()
    said = render(operator, regime, content)
    message = _body(said, files, envelope.message_id)
    signed = envelope.sender_name if spoken(content.language) == "ru" else latin(envelope.sender_name)
    _address_headers(message, replace(envelope, sender_name=signed), sender, recipient)
    _thread_headers(message, envelope)
    if automatic(content):
        # RFC 3834 §5; the second header is what Exchange heeds.
        message["Auto-Submitted"] = "auto-replied" if isinstance(content, contents.Acknowledgement) else "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = spoken(content.language)
    raw = message.as_bytes(policy=policy.compat32.clone(linesep="\r\n", max_line_length=76))
    if utf8:
        raw = _with_plain_addresses(raw)
    return Letter(sender, recipient, envelope.message_id, raw, utf8)


# -- the words


@cache
def _templates() -> Environment:
    # What comes out is text; mail.markup escapes it on the way to HTML.
    environment = Environment(
        loader=PackageLoader("mail"),
        autoescape=lambda name: bool(name and name.endswith(".html")),  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # they are part of the program
    )
    environment.filters["uncapitalised"] = _uncapitalised
    return environment


def written_by_staff(content: contents.Letter) -> Words | None:
    """The words of a letter that a person wrote or decided: such a letter is no automatic mail (RFC 3834 §2)."""
    match content:
        case contents.Reply():
            return written(content.text, content.entities)
        case contents.ProcessorWords():
            return written(content.text, None)
        case contents.Extension() | contents.Refusal():
            return written(content.reason, None)
        case _:
            return None


def automatic(content: contents.Letter) -> bool:
    """Whether the desk writes by itself: what staff wrote, decided or released is no automatic mail."""
    released = isinstance(content, contents.Instruction) and not content.reminder
    return written_by_staff(content) is None and not released


def render(operator: Operator, regime: str, content: contents.Letter) -> Words:
    """The words of a letter as text and as a whole HTML page, in the language of its content."""
    language = spoken(content.language)
    values = {
        "operator": _named(operator, language),
        "regime": regime,
        "number": known_as(content, language),
        **_values(operator, content, language),
    }
    source = _templates().get_template(_template(content, language)).render(values)
    said = marked(source, written_by_staff(content), _BODY)
    page = (
        _templates()
        .get_template("layout.html")
        .render(
            language=language,
            title=_line(content.envelope.subject if content.envelope else ""),
            content=Markup(said.html),  # noqa: S704  # every piece of it was escaped by mail.markup
        )
    )
    return Words(said.text, page)


def _template(content: contents.Letter, language: str) -> str:
    """The file of a letter; of an acknowledgement the one that is worded for its reader."""
    reader = content.reader if isinstance(content, contents.Acknowledgement) else ""
    return f"{content.errand}/{reader + '.' if reader in WORDED_FOR else ''}{language}.txt"


def _values(operator: Operator, content: contents.Letter, language: str) -> dict[str, Any]:
    """What the template of a letter is filled with, beside operator, regime and number."""
    match content:
        case contents.Acknowledgement():
            return {
                "received": _instant(content.received_at, operator, language),
                "kinds": content.kinds,
                "clocks": _terms(content.clocks, language),
                "linked": content.linked,
                "asked": content.asked,
                "reader": content.reader,
                "may_go_on": any(asked.kind in MAY_GO_ON for asked in content.kinds),
            }
        case contents.Reply():
            return {"body": _BODY, "quoted": _quoted(content.quoted, operator, language)}
        case contents.ProcessorWords():
            return {"body": _BODY, "reference": content.reference}
        case contents.Extension():
            return {
                "body": _BODY,
                "name": content.name,
                "label": content.label,
                "article": content.article,
                "to_authority": content.notice_to == "authority",
                "received": _instant(content.received_at, operator, language),
                "old_due": _day(content.old_due, language),
                "new_due": _day(content.new_due, language),
            }
        case contents.Refusal():
            return _refusal(operator, content, language)
        case contents.Progress():
            return {
                # What two demands have in common is said once.
                "steps": list(dict.fromkeys(step.words for step in content.steps)),
                "coming": _terms(content.coming, language),
                "may_go_on": content.may_go_on,
            }
        case contents.Closing():
            return {
                "closed": _day(content.closed_at.astimezone(operator.zone).date(), language),
                "promised": [
                    {"due": _day(one.due, language), "name": one.name}
                    for one in sorted(content.promised, key=lambda one: one.due)
                ],
            }
        case contents.Alert():
            return {"lines": [_said(line, language) for line in content.lines]}
        case _:
            own = (each.name for each in fields(content) if each.name not in _OF_EVERY_LETTER)
            return {name: _plain(getattr(content, name), operator, language) for name in own} | _papers(content, language)


_OF_EVERY_LETTER: Final = frozenset(each.name for each in fields(contents.Letter))


def _papers(content: contents.Letter, language: str) -> dict[str, str]:
    """The dates of papers, as papers are cited: without the weekday that a day to come is told with."""
    dated = {name: getattr(content, name, None) for name in ("contract_date",)}
    form = "dd.MM.y" if language == "ru" else "d MMMM y"
    return {name: format_date(one, form, language) for name, one in dated.items() if one is not None}


def _plain(value: object, operator: Operator, language: str) -> object:
    """A field of a letter that needs nothing particular, as its template is given it: days and instants in words."""
    if isinstance(value, datetime):
        return _instant(value, operator, language)
    if isinstance(value, date):
        return _day(value, language)
    return value


def _quoted(quoted: contents.Quoted | None, operator: Operator, language: str) -> dict[str, Any] | None:
    """What a reply answers, line by line, with its moment."""
    if quoted is None:
        return None
    return {"when": _instant(quoted.at, operator, language), "lines": quoted.text.splitlines()}


def _refusal(operator: Operator, content: contents.Refusal, language: str) -> dict[str, Any]:
    return {
        "body": _BODY,
        "name": content.name,
        "law": content.law,
        "goes_on": content.outcome == Ending.CONTINUED,
        "article": content.article,
        "provision": content.provision,
        "done": [{"label": one.label, "at": _day(one.at.astimezone(operator.zone).date(), language)} for one in content.met],
        "to_authority": content.to_authority,
        "received": _instant(content.received_at, operator, language),
    }


def _terms(clocks: Sequence[contents.Term], language: str) -> list[dict[str, Any]]:
    """Terms in the order of time: what is due at once, then by date, what has none at the end.

    What two demands have in common is said once.
    """
    told: list[dict[str, Any]] = []
    for clock in sorted(clocks, key=lambda clock: (not clock.immediate, clock.due is None, clock.due or date.max)):
        if (term := _clock(clock, language)) not in told:
            told.append(term)
    return told


def _named(operator: Operator, language: str) -> Operator:
    """The operator as its letters are signed: in Latin letters where they are not in Russian."""
    if language == "ru":
        return operator
    return replace(operator, name=latin(operator.name), short_name=latin(operator.short_name), address=latin(operator.address))


def _clock(clock: contents.Term, language: str) -> dict[str, Any]:
    basis = clock.basis or ("statute" if clock.statutory else "own")
    return {
        "name": clock.name or clock.key,
        # The article of a target of the house says that it names no term, and so does the letter.
        "article": clock.article if basis != "own" else "",
        "immediate": clock.immediate,
        "basis": basis,
        "due": _day(clock.due, language) if clock.due else "",
    }


def _day(day: date, language: str) -> str:
    """A day in words, its weekday named."""
    return format_date(day, "d MMMM y 'г.', EEEE" if language == "ru" else "EEEE, d MMMM y", language)


def _instant(moment: datetime, operator: Operator, language: str) -> str:
    local = moment.astimezone(operator.zone)
    offset = local.strftime("%z")
    return words("mail", language).gettext("%(date)s, %(time)s (%(zone)s, UTC%(offset)s)") % {
        "date": format_date(local, "d MMMM y 'г.'" if language == "ru" else "d MMMM y", language),
        "time": format_time(local, "HH:mm", locale=language),
        "zone": get_timezone_location(operator.zone, locale=language, return_city=True),
        "offset": f"{offset[0]}{int(offset[1:3])}" + (f":{offset[3:5]}" if offset[3:5] != "00" else ""),
    }


def _said(line: contents.Sentence, language: str) -> str:
    return stored("mail", language, line.words, line.params)


def _uncapitalised(text: str) -> str:
    """A name in the middle of a sentence; an abbreviation keeps its capitals."""
    return text[:1].lower() + text[1:] if not text[1:2].isupper() else text


# -- the form


def _body(said: Words, files: Sequence[Enclosure], seed: str) -> Message:
    alternative = MIMEMultipart("alternative", boundary=_boundary(seed, "a"))
    alternative.attach(_text(said.text, "plain"))
    alternative.attach(_text(said.html, "html"))
    if not files:
        return alternative
    mixed = MIMEMultipart("mixed", boundary=_boundary(seed, "m"))
    mixed.attach(alternative)
    for file in files:
        mixed.attach(_enclosed(file))
    return mixed


def _boundary(seed: str, kind: str) -> str:
    # "=_" can occur in neither Base64 nor quoted-printable (RFC 2045 §6.7).
    return f"=_{kind}_{hashlib.sha256(seed.encode()).hexdigest()[:32]}"


def _text(text: str, kind: str) -> Message:
    charset = Charset("utf-8")
    # Latin stays readable in the raw letter, Cyrillic stays short; neither has long lines, so a signature survives.
    if sum(map(str.isascii, text)) > 0.9 * len(text):
        charset.body_encoding = QP
    else:
        charset.body_encoding = BASE64
        # Inside Base64 the line ends of text are CRLF too (RFC 2045 §6.8).
        text = text.replace("\n", "\r\n")
    part = MIMENonMultipart("text", kind)
    part.set_payload(text.encode("utf-8", "replace").decode("utf-8"), charset)
    return part


def _enclosed(file: Enclosure) -> Message:
    kind = file.type.lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        # A letter within a letter may not be in Base64 (RFC 2046 §5.2.1), and would not come out byte for byte.
        kind = "application/octet-stream"
    part = MIMEBase(*kind.split("/", 1))
    part.set_payload(file.content)
    encode_base64(part)
    name = _line(file.name) or "file"
    part.add_header("Content-Disposition", "attachment")
    if name.isascii() and "=?" not in name:
        part.set_param("filename", name, "Content-Disposition")
        part.set_param("name", name)
    else:
        part.replace_header("Content-Disposition", f"attachment;\n {_continued(name)}")
    return part


def _continued(name: str) -> str:
    """`filename` in any script (RFC 2231 §3, §4): percent-encoded, in pieces that keep the lines short."""
    encoded = encode_rfc2231(name, "utf-8", "")
    if len(encoded) <= 60:
        return f"filename*={encoded}"
    pieces = re.findall(r"(?:%[0-9A-F]{2}|[^%]){1,20}", encoded)
    return ";\n ".join(f"filename*{number}*={piece}" for number, piece in enumerate(pieces))


# -- the headers


def _address_headers(message: Message, envelope: contents.Envelope, sender: str, recipient: str) -> None:
    message["From"] = _mailbox(envelope.sender_name, sender)
    message["To"] = _mailbox(envelope.to_name, recipient)
    message["Subject"] = _header(_line(envelope.subject), "Subject")
    message["Date"] = format_datetime(envelope.date)
    message["Message-ID"] = _one_id(envelope.message_id)


def _thread_headers(message: Message, envelope: contents.Envelope) -> None:
    answered = _MESSAGE_ID.findall(envelope.in_reply_to)
    if answered:
        message["In-Reply-To"] = answered[0]
    # One id a line: some are longer than a line should be, and none may be broken.
    thread = [one for one in _MESSAGE_ID.findall(_line(" ".join(envelope.references))) if one.isascii()]
    if thread:
        message["References"] = "\n ".join(thread)


def _one_id(value: str) -> str:
    found = _MESSAGE_ID.fullmatch(value)
    if not found:
        raise Permanent("The letter has no valid Message-ID.")
    return found.group()


def _line(text: str) -> str:
    """Text that stays one line whatever is in it: no header can be slipped in (RFC 5322 §2.2)."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _header(text: str, name: str) -> str:
    plain = text.isascii() and "=?" not in text and max(map(len, text.split()), default=0) < 60
    return Header(text, None if plain else "utf-8", header_name=name, maxlinelen=76).encode()


_PLACE: Final = "rightsdesk-address-"


def _mailbox(name: str, address: str) -> str:
    """A name and an address; a name that is not ASCII is encoded whole, so that no comma or quote in it counts."""
    shown = address if address.isascii() else _PLACE + base64.b32encode(address.encode()).decode().rstrip("=") + "-"
    clean = _line(name)
    if not clean or "@" in clean:
        # A name that looks like an address only confuses people and filters.
        return shown
    if clean.isascii() and "=?" not in clean and len(clean) < 60:
        return formataddr((clean, shown))
    return f"{Header(clean[:200], 'utf-8', header_name='From', maxlinelen=70).encode()}\n <{shown}>"


def _with_plain_addresses(raw: bytes) -> bytes:
    """Put addresses in their own script back into the headers (RFC 6532); the library would encode them."""
    head, separator, rest = raw.partition(b"\r\n\r\n")

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1].decode()
        return base64.b32decode(code + "=" * (-len(code) % 8))

    return re.sub(_PLACE.encode() + rb"([A-Z2-7]+)-", plain, head) + separator + rest


def wire_address(address: str) -> str:
    """An address as servers take it: an international domain in its ASCII form (RFC 5890), the rest untouched.

    Raises Permanent for what is no address; the sentence does not repeat it.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain or _CONTROL.search(address) or re.search(r'[\s<>,;:"()\[\]\\]', address.strip()):
        raise Permanent("The address of the requester is no e-mail address.")
    spelled = domain if domain.isascii() else ascii_domain(domain)
    if not spelled.isascii():
        raise Permanent("The domain of the requester's address cannot exist.")
    return f"{local}@{spelled}"
