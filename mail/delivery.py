"""Letters out: hands outbox rows of the channel "mail" to the SMTP server of the mailbox they are from.

One connection a worker is kept and used again. It is dropped after anything but a plain answer of the server (a time-out, a
cancellation, trouble in the protocol), because an answer that comes late would be taken for the answer to the next letter.
A time-out after the last byte is ambiguous: the letter is tried again, with the same Message-ID, so that it is recognisable.

| What the server says | is |
|---|---|
| 4xx, no connection, a lost connection, a time-out | Temporary |
| 5xx for the recipient that names a bad address or mailbox (5.1.x, 5.2.1; 550, 551, 553 without more words) | Unreachable |
| any other 5xx, a letter over the limit, no SMTPUTF8 for an address that needs it | Permanent |
| 530, 534, 535, 538, a distrusted certificate, no STARTTLS, a refused sender | Misconfigured |
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import aiosmtplib

from desk.context import Desk
from desk.errors import DeskError, Misconfigured, Permanent, Temporary, Unreachable
from desk.ports import Delivered, Sent
from desk.vault import VaultError
from mail.imap import distrust, tls_context
from mail.letters import Enclosure, Letter, build
from mail.urls import SmtpAddress
from models import Attachment, Outbox

ANSWER_SECONDS: Final = 60.0
"""How long the server may take for one answer."""
LETTER_SECONDS: Final = 150.0
"""How long one letter may take altogether; shorter than the lease of its outbox row."""
REFUSED_SECONDS: Final = 60.0
"""How long a mailbox that is set up wrongly is left alone, when there are others: servers lock who logs in wrongly too often."""
KEPT_SECONDS: Final = 60.0
"""How long a connection that nobody used is trusted; servers drop idle clients after some minutes."""

_LOGIN_CODES: Final = frozenset({530, 534, 535, 538})
_ADDRESS_CODES: Final = frozenset({550, 551, 553})
# Enhanced status codes (RFC 3463): X.1.x is about the address, 5.2.1 a mailbox that takes no mail any more.
_ENHANCED: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class MailDelivery:
    """The door out of the channel "mail". `servers` holds the SMTP server of each of our mailboxes, by address."""

    channel = "mail"

    def __init__(self, desk: Desk, servers: Mapping[str, SmtpAddress]) -> None:
        self._desk = desk
        self._lines = {address.casefold(): _Line(server) for address, server in servers.items()}
        # Mailboxes that are set up wrongly: until when they are not asked again, and what they said.
        self._refused: dict[_Line, tuple[float, str]] = {}

    async def send(self, row: Outbox) -> Delivered:
        """Hand the row's letter over. Raises Temporary, Permanent, Unreachable, Misconfigured (see the module)."""
        line = self._line(str(row.content.get("from", "")))
        files = await self._files(row)
        letter = await asyncio.to_thread(
            build, self._desk.operator, self._desk.regime.name, row.act, row.content, files
        )  # a letter of 20 MB takes half a second
        await self._over(line, letter)
        return Delivered((Sent(str(row.content["to"]), letter.message_id, "letter"),))

    async def _over(self, line: "_Line", letter: Letter) -> None:
        """Send over a line. Of several, one that is set up wrongly holds up its own letters only, and is asked seldom."""
        if len(self._lines) == 1:
            return await line.send(letter)
        now = asyncio.get_running_loop().time()
        until, why = self._refused.get(line, (0.0, ""))
        if now < until:
            raise Misconfigured(why, part=True)
        try:
            await line.send(letter)
        except Misconfigured as error:
            self._refused[line] = (now + REFUSED_SECONDS, error.sentence)
            raise Misconfigured(error.sentence, part=True) from None

    async def close(self) -> None:
        """Say goodbye to the servers."""
        for line in self._lines.values():
            await line.close()

    def _line(self, address: str) -> "_Line":
        """The line of the mailbox that the letter is from; of a mailbox we no longer have, that of the first."""
        line = self._lines.get(address.casefold()) or next(iter(self._lines.values()), None)
        if line is None:
            raise Misconfigured("No mailbox has an smtp_url, so no letter can leave.")
        return line

    async def _files(self, row: Outbox) -> list[Enclosure]:
        ids = [int(one) for one in row.content.get("attachments") or ()]
        held = {one.id: one for one in await Attachment.filter(id__in=ids)} if ids else {}
        files = []
        for number in ids:
            attachment = held.get(number)
            if attachment is None or not attachment.blob:
                # Better no letter than one without the file it speaks of.
                raise Permanent("A file of this letter could not be had from Telegram; send it again, or a smaller one.")
            try:
                content = await self._desk.vault.read_async(attachment.blob)
            except VaultError as error:
                raise Permanent(f"A file of this letter cannot be read: {error.sentence}") from error
            files.append(Enclosure(attachment.name, attachment.type, content))
        return files


class _Line:
    """A connection to one SMTP server that is made when it is needed."""

    def __init__(self, address: SmtpAddress) -> None:
        self._address = address
        self._client: aiosmtplib.SMTP | None = None
        self._used_at = 0.0
        self._lock = asyncio.Lock()

    async def send(self, letter: Letter) -> None:
        async with self._lock:
            try:
                async with asyncio.timeout(LETTER_SECONDS):
                    client = await self._connected()
                    self._check_size(client, letter)
                    await self._hand_over(client, letter)
            except DeskError:
                raise
            except TimeoutError:
                self._drop()
                raise Temporary(f"{self._address.host} did not answer in time.") from None
            except BaseException:
                # Cancelled in the middle: what the server answers later must not meet the next letter.
                self._drop()
                raise
            finally:
                self._used_at = asyncio.get_running_loop().time()

    async def close(self) -> None:
        async with self._lock:
            client, self._client = self._client, None
            if client is not None and client.is_connected:
                with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                    await client.quit(timeout=2)
            if client is not None:
                client.close()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _check_size(self, client: aiosmtplib.SMTP, letter: Letter) -> None:
        limit = client.esmtp_extensions.get("size", "").strip()
        if limit.isdigit() and 0 < int(limit) < len(letter.raw):
            raise Permanent(
                f"The letter is {_megabytes(len(letter.raw))} large and {self._address.host} takes {_megabytes(int(limit))} "
                "at most: send smaller files or several letters."
            )

    async def _connected(self) -> aiosmtplib.SMTP:
        now = asyncio.get_running_loop().time()
        if self._client is not None and self._client.is_connected and now - self._used_at < KEPT_SECONDS:
            return self._client
        self._drop()
        address = self._address
        client = aiosmtplib.SMTP(
            hostname=address.host,
            port=address.port,
            username=address.user or None,
            password=address.password if address.auth == "password" else None,
            oauth_token_generator=self._token if address.auth == "xoauth2" else None,
            local_hostname=_our_name(),
            timeout=ANSWER_SECONDS,
            use_tls=address.tls == "implicit",
            # Never "if the server offers it": whoever sits between could take the offer away.
            start_tls=address.tls == "starttls",
            tls_context=tls_context(address.ca_file) if address.tls != "none" else None,
        )
        self._client = client
        try:
            await client.connect()
        except DeskError:
            self._drop()
            raise
        except Exception as error:  # noqa: BLE001  # judged by type below; what nobody knows is raised again there
            self._drop()
            raise self._not_connected(error) from None
        return client

    async def _token(self) -> str:
        return self._address.token()

    def _not_connected(self, error: Exception) -> Exception:
        host = self._address.host
        distrusted = _distrusted(error)
        if distrusted is not None:
            return distrust(host, distrusted)
        if isinstance(error, aiosmtplib.SMTPResponseException):
            if error.code in _LOGIN_CODES or (isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500):
                secret = "access token" if self._address.auth == "xoauth2" else "password"
                return Misconfigured(f"{host} refuses the user or the {secret} of the mailbox ({error.code}).")
            return Temporary(f"{host} does not talk to us at the moment ({error.code}).")
        if isinstance(error, OSError | aiosmtplib.SMTPTimeoutError):
            return Temporary(f"{host}:{self._address.port} cannot be reached ({type(error).__name__}).")
        if isinstance(error, aiosmtplib.SMTPException):
            # The library's words for what a server lacks (STARTTLS, AUTH) hold no personal data.
            return Misconfigured(f"{host} cannot be used as it is set up: {error.message}")
        return error

    async def _hand_over(self, client: aiosmtplib.SMTP, letter: Letter) -> None:
        host = self._address.host
        options = ["SMTPUTF8"] if letter.utf8 else []
        try:
            await client.sendmail(letter.sender, [letter.recipient], letter.raw, mail_options=options)
        except aiosmtplib.SMTPNotSupported:
            raise Permanent(f"{host} cannot send to addresses that are not in Latin letters (SMTPUTF8).") from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            self._after_refusal(error.recipients[0].code)
            raise _judged(host, error.recipients[0], recipient=True) from None
        except aiosmtplib.SMTPSenderRefused as error:
            self._after_refusal(error.code)
            if error.code in _LOGIN_CODES or (error.code >= 500 and error.code != 552):
                raise Misconfigured(f"{host} does not let us send as the address of this mailbox ({error.code}).") from None
            raise _judged(host, error, recipient=False) from None
        except aiosmtplib.SMTPResponseException as error:
            self._after_refusal(error.code)
            raise _judged(host, error, recipient=False) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            raise Temporary(f"The connection to {host} failed while sending ({type(error).__name__}).") from None
        except ValueError:
            raise Unreachable("The address of the requester is no e-mail address that a server would take.") from None

    def _after_refusal(self, code: int) -> None:
        # 421: the server hangs up. A code that is no refusal means that answers and questions no longer match.
        if code == 421 or not 400 <= code <= 599:
            self._drop()


def _judged(host: str, error: aiosmtplib.SMTPResponseException, *, recipient: bool) -> DeskError:
    """What a refusal means. The server's words are not repeated, for they usually name the address."""
    found = _ENHANCED.search(error.message)
    status = found.group() if found else ""
    said = f"{error.code} {status}".strip()
    if not 500 <= error.code <= 599:
        return Temporary(f"{host} cannot take the letter at the moment ({said}).")
    if error.code in _LOGIN_CODES:
        return Misconfigured(f"{host} wants a login for this mailbox ({said}).")
    if error.code == 552 or status in {"5.3.4", "5.2.3"}:
        return Permanent(f"The letter is too large for the requester's mailbox or for {host} ({said}).")
    if recipient and (status.startswith("5.1.") or status == "5.2.1" or (not status and error.code in _ADDRESS_CODES)):
        return Unreachable(f"{host} says that the requester's address does not exist ({said}).")
    return Permanent(f"{host} refuses the letter ({said}).")


def _distrusted(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refused certificate somewhere behind an error; the library wraps it in one way with TLS, in another with STARTTLS."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _our_name() -> str:
    """What we call ourselves in EHLO (RFC 5321 §4.1.3): our host's full name, else an address literal. Never asks the DNS."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name) else "[127.0.0.1]"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
