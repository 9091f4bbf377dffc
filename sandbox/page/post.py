"""How people at the page write letters: delivered as their provider would, with a copy among the letters they sent."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any, Final

from sandbox.mail import MailError, MailServer
from sandbox.mail.letters import compose, recipients

Json = dict[str, Any]

SENT: Final = "Sent"


async def write(mail: MailServer, letter: Json) -> Json:
    """Send a letter given as for `sandbox.mail.letters.compose`. Raises MailError."""
    message: EmailMessage = compose(letter, mail.now())
    return await send(mail, message.as_bytes(policy=SMTP), str(message["From"]))


async def send(mail: MailServer, raw: bytes, sender: str, *, to: str | None = None, honest: bool = True) -> Json:
    """Send a letter as it is. `honest` says whether the checks of its sender pass. Raises MailError."""
    address = parseaddr(sender)[1]
    to_all = [parseaddr(one)[1] for one in ([to] if to else recipients(raw))]
    if not to_all:
        raise MailError("there is nobody to send it to")
    if strange := [one for one in to_all if not mail.takes(one)]:
        raise MailError(f"there is no such address: {', '.join(strange)}")
    for one in to_all:
        await mail.deliver(raw, one, sender=address, authentication=checks(address, honest=honest))
    return {"address": address, "folder": SENT, "uid": keep_sent(mail, raw, address)}


def keep_sent(mail: MailServer, raw: bytes, address: str) -> int:
    """Put a copy among the letters somebody sent; its UID."""
    try:
        mail.store.folder(address, SENT)
    except KeyError:
        mail.store.create(address, SENT)
    return mail.append(raw, address, flags={r"\Seen"}, folder=SENT).uid


def checks(address: str, *, honest: bool) -> str:
    """What checks of SPF, DKIM and DMARC give (RFC 8601)."""
    domain = address.rpartition("@")[2] or "unknown"
    if honest:
        return f"spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
    return f"spf=fail smtp.mailfrom={domain}; dkim=none; dmarc=fail header.from={domain}"
