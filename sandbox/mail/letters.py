"""Writing mail as people's programs do, and reading mail for a page, however broken it is."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP, compat32
from email.utils import format_datetime, getaddresses, make_msgid, parseaddr

from sandbox.mail.store import MailError

Json = dict[str, object]


def compose(letter: Mapping[str, object], now: datetime) -> EmailMessage:
    """A mail from JSON: from, to, cc, subject, text, html, in_reply_to, references, headers, attachments.

    `to` and `cc` are an address or a list; attachments are `{"name", "type", "base64"}`.
    Raises MailError naming the field that makes no sense.
    """
    message = EmailMessage(policy=SMTP)
    sender = _text(letter, "from")
    message["From"] = sender
    message["To"] = ", ".join(texts_of(letter, "to"))
    if cc := texts_of(letter, "cc"):
        message["Cc"] = ", ".join(cc)
    message["Subject"] = _text(letter, "subject")
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "sandbox.test")
    for field, header in (("in_reply_to", "In-Reply-To"), ("references", "References")):
        if value := _text(letter, field):
            message[header] = value
    for name, content in _mapping(letter, "headers").items():
        del message[name]
        message[name] = str(content)
    message.set_content(_text(letter, "text"))
    if html := _text(letter, "html"):
        message.add_alternative(html, subtype="html")
    for attachment in _attachments(letter):
        maintype, _, subtype = (_text(attachment, "type") or "application/octet-stream").partition("/")
        message.add_attachment(
            bytes_of(attachment, "base64"), maintype=maintype, subtype=subtype, filename=_text(attachment, "name")
        )
    return message


def delivery_report(raw: bytes, address: str, sender: str, answer: str, host: str, now: datetime) -> EmailMessage:
    """The report an MTA sends back for a mail that could not be delivered (RFC 3464), its header enclosed."""
    report = EmailMessage(policy=SMTP)
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{host}>"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(now)
    report["Message-ID"] = make_msgid(domain=host)
    report["Auto-Submitted"] = "auto-replied"
    report.set_content(f"Your message to {address} could not be delivered:\n\n    {answer}\n")
    report.make_mixed()
    report.replace_header("Content-Type", 'multipart/report; report-type="delivery-status"')
    report.set_boundary(f"report-{make_msgid(domain=host)[1:-1].partition('@')[0]}")
    code, _, rest = answer.partition(" ")
    enhanced = rest.partition(" ")[0]
    status = Message()
    status["Final-Recipient"] = f"rfc822; {address}"
    status["Action"] = "failed"
    status["Status"] = enhanced if enhanced.count(".") == 2 else f"{code[0]}.0.0"
    status["Diagnostic-Code"] = f"smtp; {answer}"
    about = Message()
    about["Reporting-MTA"] = f"dns; {host}"
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([about, status])
    report.attach(part)
    enclosed = EmailMessage(policy=SMTP)
    enclosed["Content-Type"] = "text/rfc822-headers"
    enclosed.set_payload(raw.partition(b"\r\n\r\n")[0].decode("ascii", errors="surrogateescape") + "\r\n")
    report.attach(enclosed)
    return report


def recipients(raw: bytes) -> list[str]:
    """The addresses in To, Cc and Bcc."""
    message = message_from_bytes(raw, policy=compat32)
    fields = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(fields) if "@" in address]


def summary(raw: bytes) -> Json:
    """What a list of mails shows."""
    message = message_from_bytes(raw, policy=compat32)
    return {
        "from": header(message, "From"),
        "to": header(message, "To"),
        "subject": header(message, "Subject"),
        "date": header(message, "Date"),
        "message_id": header(message, "Message-ID"),
    }


def reading(raw: bytes) -> Json:
    """What an open mail shows: all headers, the text, the HTML, and its attachments without their bytes."""
    message = message_from_bytes(raw, policy=compat32)
    leaves = list(_leaves(message))
    return summary(raw) | {
        "in_reply_to": header(message, "In-Reply-To"),
        "references": header(message, "References"),
        "headers": [[name, decoded(str(value))] for name, value in message.items()],
        "text": _first_text(leaves, "text/plain"),
        "html": _first_text(leaves, "text/html"),
        "attachments": [
            {
                "number": number,
                "name": _file_name(part),
                "type": part.get_content_type(),
                "size": len(_payload(part)),
            }
            for number, part in enumerate(leaves)
            if _is_attachment(part)
        ],
    }


def attachment(raw: bytes, number: int) -> tuple[str, str, bytes]:
    """Name, type and bytes of an attachment. Raises MailError when there is none of that number."""
    leaves = list(_leaves(message_from_bytes(raw, policy=compat32)))
    if not 0 <= number < len(leaves):
        raise MailError(f"that mail has no attachment {number}")
    part = leaves[number]
    return _file_name(part), part.get_content_type(), _payload(part)


def header(message: Message, name: str) -> str:
    return decoded(str(message.get(name, "")))


def decoded(value: str) -> str:
    """A header for people's eyes; left as it came when it cannot be decoded."""
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, binascii.Error):
        return value


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _is_attachment(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return True
    return part.get_content_maintype() != "text"


def _file_name(part: Message) -> str:
    return decoded(part.get_filename() or "attachment")


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _first_text(leaves: Sequence[Message], kind: str) -> str:
    for part in leaves:
        if part.get_content_type() == kind and not _is_attachment(part):
            data = _payload(part)
            try:
                text = data.decode(part.get_content_charset("utf-8"), errors="replace")
            except LookupError:
                text = data.decode("utf-8", errors="replace")
            return text.replace("\r\n", "\n")
    return ""


# -- JSON in


def _text(data: Mapping[str, object], field: str) -> str:
    value = data.get(field, "")
    if not isinstance(value, str):
        raise MailError(f'"{field}" is a text')
    return value


def texts_of(data: Mapping[str, object], field: str) -> list[str]:
    value = data.get(field) or []
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise MailError(f'"{field}" is an address or a list of addresses')
    return texts


def _mapping(data: Mapping[str, object], field: str) -> dict[str, object]:
    value = data.get(field) or {}
    if not isinstance(value, dict):
        raise MailError(f'"{field}" is an object')
    return value


def _attachments(data: Mapping[str, object]) -> list[dict[str, object]]:
    value = data.get("attachments") or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MailError('"attachments" is a list of objects')
    return value


def bytes_of(data: Mapping[str, object], field: str) -> bytes:
    try:
        return base64.b64decode(_text(data, field), validate=True)
    except binascii.Error:
        raise MailError(f'"{field}" is not base64') from None
