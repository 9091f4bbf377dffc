"""What a mailbox and its submission server are like, step by step, for `doctor` and `init`: nothing is changed or sent.

Each step fills in what it found, so that what was seen before a failure, or before the caller's patience ended, is there.
"""

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final

import aiosmtplib

from desk.errors import DeskError, Misconfigured, Temporary
from desk.timepiece import Timepiece
from mail.delivery import _our_name
from mail.imap import Imap, tls_context
from mail.imap_wire import Protocol
from mail.parsing.headers import Headers, raw_fields
from mail.refusals import LOGIN_CODES
from mail.trust import results
from mail.urls import ImapAddress, SmtpAddress

SMTP_SECONDS: Final = 10.0
"""How long a submission server may take for one answer."""
_LOOKED_AT: Final = 5
"""How many of our own letters are looked at for what our server thinks of them."""
_HEAD_BYTES: Final = 64 * 1024
# A date as mail has it, with its zone: some servers greet with one (Exim does as it comes).
_GREETED_DATE: Final = re.compile(rb"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")


class Step(StrEnum):
    """How far a check has come: what is being tried, or `done`."""

    REACH = "reach"  # name, connection, TLS, greeting
    LOGIN = "login"
    FOLDER = "folder"
    SENDER = "sender"
    DONE = "done"


class Trouble(StrEnum):
    """What went wrong in a step."""

    NAME = "name"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    NO_TLS = "no_tls"
    NO_STARTTLS = "no_starttls"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    UNKNOWN_AUTHORITY = "unknown_authority"
    OTHER_NAME = "other_name"
    DISTRUSTED = "distrusted"
    CREDENTIALS = "credentials"
    LATER = "later"
    NO_FOLDER = "no_folder"
    SENDER = "sender"
    RECIPIENT = "recipient"
    SETTINGS = "settings"  # a file named in the URL cannot be used
    OTHER = "other"


@dataclass(frozen=True)
class Certificate:
    """The certificate that a server showed and we trust."""

    not_after: datetime
    issuer: str


@dataclass
class ServerFacts:
    """What is known of a server. `detail` is a word or a code about the trouble, free of secrets and addresses."""

    step: Step = Step.REACH
    trouble: Trouble | None = None
    detail: str = ""
    certificate: Certificate | None = None
    offset: timedelta | None = None
    """How far the server's clock is ahead of ours, where it tells the time."""


@dataclass
class MailboxFacts(ServerFacts):
    """What is known of a mailbox. `results` is what our own server thinks of letters from our own domain, newest first."""

    capabilities: frozenset[str] = frozenset()
    uidvalidity: int = 0
    uids: list[int] = field(default_factory=list)
    newest_at: datetime | None = None
    results: list[dict[str, str]] = field(default_factory=list)
    own_letters: int = 0


@dataclass
class SmtpFacts(ServerFacts):
    """What is known of a submission server; `size` is the largest letter it takes, in bytes, 0 when it does not tell."""

    size: int = 0
    utf8: bool = False


class _Probe(Imap):
    """The desk's own IMAP client, taken step by step."""

    @classmethod
    async def start(cls, address: ImapAddress) -> "_Probe":
        return cls(address, Protocol(asyncio.get_running_loop()))

    async def reach(self) -> None:
        await self._open(tls_context(self.address.ca_file) if self.address.tls != "none" else None)

    async def log_in(self) -> None:
        await self._log_in()

    @property
    def certificate(self) -> Any:
        transport = self._protocol.transport
        return transport.get_extra_info("peercert") if transport is not None else None

    async def letters_from(self, domain: str) -> list[int]:
        """The UIDs of letters whose sender is of a domain, ascending."""
        query = f'FROM "@{domain}"'
        lines = await self._ok(lambda: self._protocol.search(query, charset=None, by_uid=True), SMTP_SECONDS)
        return sorted(int(word) for line in lines[:-1] for word in bytes(line).split() if word.isdigit())


async def look_at_mailbox(address: ImapAddress, facts: MailboxFacts, *, domain: str = "") -> None:
    """Connect, log in, open the folder for reading, see what is there; `domain` is whose letters are looked at for SPF and DKIM.

    Trouble is told in `facts`; nothing is raised for it.
    """
    probe = await _probe(address, facts)
    if probe is None:
        return
    try:
        await probe.reach()
        facts.certificate = _certificate(probe.certificate)
        facts.step = Step.LOGIN
        await probe.log_in()
        facts.capabilities = frozenset(probe.capabilities)
        facts.step = Step.FOLDER
        facts.uidvalidity = await probe.open_folder()
        facts.uids = await probe.search(1)
        if facts.uids:
            newest = await probe.look(facts.uids[-1:])
            facts.newest_at = next((look.received_at for look in newest.values()), None)
        if domain.isascii() and domain:
            await _look_at_own_letters(probe, facts, domain)
        facts.step = Step.DONE
    except DeskError as error:
        _note(facts, error)
    except BaseException:
        # Nobody waits for us any more, so nobody waits for the server's goodbye either.
        probe.drop("the check was given up")
        raise
    with suppress(DeskError, OSError, TimeoutError):
        await probe.close()


async def _probe(address: ImapAddress, facts: MailboxFacts) -> _Probe | None:
    try:
        return await _Probe.start(address)
    except Misconfigured as error:
        _note(facts, error)
        return None


async def _look_at_own_letters(probe: _Probe, facts: MailboxFacts, domain: str) -> None:
    own = await probe.letters_from(domain)
    facts.own_letters = len(own)
    for uid in reversed(own[-_LOOKED_AT:]):
        head = (await probe.head(uid, _HEAD_BYTES)).partition(b"\r\n\r\n")[0]
        items = BytesHeaderParser().parsebytes(head + b"\r\n\r\n").raw_items()
        found = results(Headers(tuple(raw_fields(list(items), None))), probe.address.authserv_id)
        if found:
            facts.results.append(found)


async def look_at_smtp(address: SmtpAddress, sender: str, facts: SmtpFacts, timepiece: Timepiece) -> None:
    """Connect, log in, name `sender` as the sender of a letter to itself, and take it back (RSET): nothing is sent.

    Trouble is told in `facts`; nothing is raised for it. `timepiece` is our own, to compare the server's with.
    """
    try:
        context = tls_context(address.ca_file) if address.tls != "none" else None
    except Misconfigured as error:
        _note(facts, error)
        return
    client = aiosmtplib.SMTP(
        hostname=address.host,
        port=address.port,
        local_hostname=_our_name(),
        timeout=SMTP_SECONDS,
        use_tls=address.tls == "implicit",
        start_tls=False,
        tls_context=context,
    )
    try:
        await _walk(client, address, sender, facts, timepiece)
        facts.step = Step.DONE
    except (DeskError, aiosmtplib.SMTPException, OSError, ValueError) as error:
        _note(facts, error)
    except BaseException:
        client.close()
        raise
    # A server that refused us is left politely, too: it ends the connection sooner.
    with suppress(aiosmtplib.SMTPException, OSError):
        if client.is_connected:
            await client.quit(timeout=2)
    client.close()


async def _walk(client: aiosmtplib.SMTP, address: SmtpAddress, sender: str, facts: SmtpFacts, timepiece: Timepiece) -> None:
    greeting = await client.connect()
    facts.offset = _offset(greeting.message.encode(errors="replace"), timepiece())
    if address.tls == "starttls":
        await client.starttls()
    facts.certificate = _certificate(client.get_transport_info("peercert"))
    await client.ehlo()
    facts.step = Step.LOGIN
    if address.auth == "xoauth2":
        await client.auth_xoauth2(address.user, address.token())
    elif address.auth == "password":
        await client.login(address.user, address.password)
    limit = client.esmtp_extensions.get("size", "").strip()
    facts.size = int(limit) if limit.isdigit() else 0
    facts.utf8 = client.supports_extension("smtputf8")
    facts.step = Step.SENDER
    await client.mail(sender)
    await client.rcpt(sender)
    await client.rset()


# -- what an error means


def _note(facts: ServerFacts, error: BaseException) -> None:
    facts.trouble, facts.detail = _meaning(facts.step, error)


def _meaning(step: Step, error: BaseException) -> tuple[Trouble, str]:
    for one in _causes(error):
        match one:
            case ssl.SSLCertVerificationError():
                return _distrust(one), ""
            case aiosmtplib.SMTPSenderRefused():
                return (Trouble.SENDER if one.code >= 500 else Trouble.LATER), str(one.code)
            case aiosmtplib.SMTPRecipientRefused():
                return (Trouble.RECIPIENT if one.code >= 500 else Trouble.LATER), str(one.code)
            case aiosmtplib.SMTPResponseException():
                return _refused(step, one.code), str(one.code)
            case socket.gaierror():
                return Trouble.NAME, ""
            case TimeoutError() | aiosmtplib.SMTPTimeoutError():
                return Trouble.SILENT, ""
            case ssl.SSLError():
                return Trouble.NO_TLS, one.reason or ""
            case ConnectionRefusedError():
                return Trouble.UNREACHABLE, type(one).__name__
    return _by_step(step, error)


def _by_step(step: Step, error: BaseException) -> tuple[Trouble, str]:
    """What has no cause that tells more: our own client's errors, whose words hold neither secrets nor addresses."""
    if isinstance(error, Misconfigured):
        found = {Step.REACH: Trouble.NO_STARTTLS, Step.LOGIN: Trouble.CREDENTIALS, Step.FOLDER: Trouble.NO_FOLDER}
        unusable = "ca_file" in error.sentence or "token file" in error.sentence
        return (Trouble.SETTINGS if unusable else found.get(step, Trouble.OTHER)), error.sentence
    if isinstance(error, Temporary) and step is Step.LOGIN:
        return Trouble.LATER, ""
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Trouble.NO_STARTTLS, ""
    if isinstance(error, aiosmtplib.SMTPException) and not isinstance(error, OSError):
        lacks = step is Step.REACH and "starttls" in error.message.lower()
        return (Trouble.NO_STARTTLS if lacks else Trouble.OTHER), type(error).__name__
    return Trouble.UNREACHABLE, type(error).__name__


def _refused(step: Step, code: int) -> Trouble:
    if code in LOGIN_CODES or (step is Step.LOGIN and code >= 500):
        return Trouble.CREDENTIALS
    return Trouble.LATER if code < 500 else Trouble.OTHER


def _causes(error: BaseException | None) -> list[BaseException]:
    """The error and what led to it, the first cause last."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _distrust(error: ssl.SSLCertVerificationError) -> Trouble:
    # Numbers of OpenSSL's x509_vfy.h.
    by_code = {
        9: Trouble.NOT_YET,
        10: Trouble.EXPIRED,
        18: Trouble.UNKNOWN_AUTHORITY,
        19: Trouble.UNKNOWN_AUTHORITY,
        20: Trouble.UNKNOWN_AUTHORITY,
        21: Trouble.UNKNOWN_AUTHORITY,
        62: Trouble.OTHER_NAME,
        64: Trouble.OTHER_NAME,
    }
    return by_code.get(error.verify_code, Trouble.DISTRUSTED)


def _certificate(shown: Any) -> Certificate | None:
    if not shown or "notAfter" not in shown:
        return None
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    names = {name: value for part in shown.get("issuer", ()) for name, value in part}
    return Certificate(ends, str(names.get("organizationName") or names.get("commonName") or ""))


def _offset(greeting: bytes, now: datetime) -> timedelta | None:
    found = _GREETED_DATE.search(greeting)
    if found is None:
        return None
    try:
        told = parsedate_to_datetime(found.group().decode("ascii"))
    except ValueError:
        return None
    # Whole seconds hide half a second on average.
    return told.astimezone(UTC) + timedelta(milliseconds=500) - now
