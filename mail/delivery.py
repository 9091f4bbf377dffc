"""Letters out: hands outbox rows of the channel "mail" to the SMTP server of the mailbox they are from.

Some connections to each server are kept and used again. One is dropped after anything but a letter taken or an address refused
(a time-out, a cancellation, a server in trouble), because an answer that comes late would be taken for the answer to the next
letter, and a connection that refuses one thing often refuses all.
A time-out after the last byte is ambiguous: the letter is tried again, with the same Message-ID, so that it is recognisable.

What a refusal means is said in mail.refusals. Besides: no connection, a lost one or a time-out is Temporary; a letter over the
limit that the server announced, and an address that needs SMTPUTF8 where there is none, are Permanent; a distrusted
certificate, no STARTTLS and a refused login are Misconfigured.
"""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Final

import aiosmtplib

from desk import contents
from desk.context import Desk
from desk.disclosure import codes
from desk.errors import DeskError, Misconfigured, Permanent, PutOff, Temporary, Unclear, Unreachable
from desk.lines import one_line
from desk.ports import Delivered, DoorOut, Kept, Sent
from desk.record import kept
from desk.vault import VaultError
from mail.imap import distrust, tls_context
from mail.letters import Enclosure, Letter, build
from mail.refusals import LOGIN_CODES, Blame, Stage, blame, error_of
from mail.urls import SmtpAddress
from models import Attachment, Outbox, Posted

ANSWER_SECONDS: Final = 60.0
"""How long the server may take for one answer."""
LETTER_SECONDS: Final = 150.0
"""How long one letter may take altogether; shorter than the lease of its outbox row."""
REFUSED_SECONDS: Final = 5.0
"""How long a refused letter answers for its server: servers lock who logs in wrongly too often."""
PLACE_SECONDS: Final = 20.0
"""How long a letter waits for a free connection until it lets others pass."""
KEPT_SECONDS: Final = 60.0
"""How long a connection that nobody used is trusted; servers drop idle clients after some minutes."""

ANSWER_LENGTH: Final = 300
"""How much of a server's answer is kept: the number it gave the letter stands at its beginning."""

HIDDEN: Final = "••••••"
"""What the kept copy of a letter with a code shows in its place."""
CONNECTIONS: Final = 4
"""How many letters may be on their way to one server at once; providers close the door on who comes with more.

So many are in hand, and not more: one that was handed over and not recorded yet leaves once more when the process dies.
"""


AHEAD: Final = 28
"""How many letters more are leased beforehand: a lease is a commit, and a letter alone would wait for its own."""


class MailDelivery(DoorOut):
    """The door out of the channel "mail". `servers` holds the SMTP server of each of our mailboxes, by address.

    Each mailbox is a way of its own.
    """

    channel = "mail"

    def __init__(self, desk: Desk, servers: Mapping[str, SmtpAddress]) -> None:
        self._desk = desk
        self._lines = {address.casefold(): _Lines(server, address) for address, server in servers.items()}
        self.at_once, self.ahead = CONNECTIONS * max(len(self._lines), 1), AHEAD
        # When a mailbox was refused last (the loop's seconds), and how.
        self._refused: dict[str, tuple[float, Misconfigured]] = {}
        self._let_in: set[str] = set()
        self._first = {way: asyncio.Lock() for way in self._lines}

    async def send(self, row: Outbox) -> Delivered:
        """Hand the row's letter over. Raises Temporary, Permanent, Unreachable, Misconfigured (see the module)."""
        content = contents.of(row, contents.Letter)
        envelope = content.envelope
        if envelope is None:
            raise Permanent("The letter has no envelope.")
        if isinstance(content, contents.Code):
            digits = await codes.digits(self._desk, content.challenge)
            if not digits:
                raise Permanent("This code was replaced or is over, so its letter was not sent.")
            content = replace(content, digits=digits)
        way, began = self.way(row), _seconds()
        lines = self._lines_of(way)
        files = await self._files(content)
        letter, piece = await self._ready(row, content, files)
        try:
            answer = await self._over(way, lines, letter, began)
        except Unclear:
            raise
        except DeskError:
            await kept.drop(self._desk.vault, piece)
            raise
        left = await kept.left(self._desk.vault, row, replace(piece, external_id=letter.message_id, answer=answer))
        return Delivered((Sent(envelope.to, letter.message_id, Posted.LETTER),), kept=left)

    async def _ready(self, row: Outbox, content: contents.Letter, files: list[Enclosure]) -> tuple[Letter, Kept]:
        """The letter, and its copy; none is left where this is broken off, for nothing was handed over."""
        # A letter of 20 MB takes half a second, and a copy waits for the disk.
        writing = asyncio.get_running_loop().run_in_executor(None, self._written, row, content, files)
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            with contextlib.suppress(DeskError):
                _, piece = await writing
                await kept.drop(self._desk.vault, piece)
            raise

    def _written(self, row: Outbox, content: contents.Letter, files: list[Enclosure]) -> tuple[Letter, Kept]:
        """The letter, and the copy of it that is kept; that of a code does not show it."""
        written = partial(build, self._desk.operator, self._desk.regime.name)
        letter = written(content, files)
        shown = written(replace(content, digits=HIDDEN)) if isinstance(content, contents.Code) else letter
        return letter, kept.write(self._desk.vault, row, shown.raw)

    async def _over(self, way: str, lines: "_Lines", letter: Letter, began: float) -> str:
        """Send to a server; one that has not let us in yet is asked by one letter alone."""
        if way not in self._let_in:
            async with _soon(self._first[way]):
                self._refuse_again(way, since=began)
                if way not in self._let_in:
                    return await self._try(way, lines, letter)
        return await self._try(way, lines, letter)

    async def _try(self, way: str, lines: "_Lines", letter: Letter) -> str:
        try:
            answer = await lines.send(letter)
        except Misconfigured as error:
            self._refused[way] = (_seconds(), error)
            self._let_in.discard(way)
            raise
        self._let_in.add(way)
        return answer

    def _refuse_again(self, way: str, *, since: float) -> None:
        """That a mailbox was refused after `since` stands for the answer to others."""
        refused_at, error = self._refused.get(way, (0.0, None))
        if error is not None and refused_at >= since:
            raise error

    def ways(self) -> tuple[str, ...]:
        """Our mailboxes."""
        return tuple(self._lines)

    def way(self, row: Outbox) -> str:
        """The mailbox that the letter is from; of a mailbox we no longer have, the first."""
        try:
            envelope = contents.of(row, contents.Letter).envelope
        except Permanent:  # said when it is sent
            envelope = None
        address = envelope.sender.casefold() if envelope else ""
        return address if address in self._lines else next(iter(self._lines), "")

    async def probe(self, way: str) -> None:
        """Greet the server of a mailbox and log in. Raises Temporary, Misconfigured."""
        self._refuse_again(way, since=_seconds() - REFUSED_SECONDS)
        await self._lines_of(way).greet()

    async def close(self) -> None:
        """Say goodbye to the servers."""
        for line in self._lines.values():
            await line.close()

    def _lines_of(self, way: str) -> "_Lines":
        lines = self._lines.get(way)
        if lines is None:
            raise Misconfigured("No mailbox has an smtp_url, so no letter can leave.")
        return lines

    async def _files(self, content: contents.Letter) -> list[Enclosure]:
        ids = content.attachments if isinstance(content, contents.Reply) else ()
        held = {one.id: one for one in await Attachment.filter(id__in=ids)} if ids else {}
        files = []
        for number in ids:
            attachment = held.get(number)
            if attachment is None or not attachment.blob:
                # Better no letter than one without the file it speaks of.
                raise Permanent("A file of this letter could not be had from Telegram; send it again, or a smaller one.")
            try:
                data = await self._desk.vault.read_async(attachment.blob)
            except VaultError as error:
                raise Permanent(f"A file of this letter cannot be read: {error.sentence}") from error
            files.append(Enclosure(attachment.name, attachment.type, data))
        return files


class _Lines:
    """The connections to one SMTP server: the one used last is used first, so that few are kept when there is little to send."""

    def __init__(self, server: SmtpAddress, own: str) -> None:
        self._all = [_Line(server, own) for _ in range(CONNECTIONS)]
        self._free = list(self._all)
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def send(self, letter: Letter) -> str:
        async with self._line() as line:
            return await line.send(letter)

    async def greet(self) -> None:
        """Make sure that the server is there and lets us in."""
        async with self._line() as line:
            await line.greet()

    @asynccontextmanager
    async def _line(self) -> AsyncIterator["_Line"]:
        async with _soon(self._places):
            line = self._free.pop()
            try:
                yield line
            finally:
                self._free.append(line)

    async def close(self) -> None:
        await asyncio.gather(*(line.close() for line in self._all))


class _Line:
    """A connection to one SMTP server that is made when it is needed. `own` is the address of our mailbox there."""

    def __init__(self, address: SmtpAddress, own: str) -> None:
        self._address, self._own = address, own
        self._client: aiosmtplib.SMTP | None = None
        self._used_at = 0.0
        self._lock = asyncio.Lock()

    async def send(self, letter: Letter) -> str:
        async with self._lock, self._judging():
            client = await self._connected()
            self._check_size(client, letter)
            return await self._hand_over(client, letter)

    async def greet(self) -> None:
        async with self._lock, self._judging():
            client = await self._connected()
            try:
                await client.noop()
            except (aiosmtplib.SMTPException, OSError) as error:
                self._drop()
                raise self._not_connected(error) from None

    @asynccontextmanager
    async def _judging(self) -> AsyncIterator[None]:
        """A connection on which anything but a plain answer came is not used again."""
        try:
            async with asyncio.timeout(LETTER_SECONDS):
                yield
        except DeskError:
            raise
        except TimeoutError:
            self._drop()
            raise Unclear("%(host)s did not answer in time.", host=self._address.host) from None
        except BaseException:
            # Cancelled in the middle: what the server answers later must not meet the next letter.
            self._drop()
            raise
        finally:
            self._used_at = _seconds()

    async def close(self) -> None:
        async with self._lock:
            client, self._client = self._client, None
            if client is not None and client.is_connected:
                with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
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
                "The letter is %(size)s large and %(host)s takes %(limit)s at most: send smaller files or several letters.",
                size=_megabytes(len(letter.raw)),
                host=self._address.host,
                limit=_megabytes(int(limit)),
            )

    async def _connected(self) -> aiosmtplib.SMTP:
        now = _seconds()
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
            code = error.code
            if code in LOGIN_CODES or (isinstance(error, aiosmtplib.SMTPAuthenticationError) and code >= 500):
                if self._address.auth == "xoauth2":
                    return Misconfigured("%(host)s refuses the access token of the mailbox (%(code)s).", host=host, code=code)
                return Misconfigured("%(host)s refuses the user or the password of the mailbox (%(code)s).", host=host, code=code)
            return Temporary("%(host)s does not talk to us at the moment (%(code)s).", host=host, code=code)
        if isinstance(error, OSError | aiosmtplib.SMTPTimeoutError):
            place = f"{host}:{self._address.port}"
            return Temporary("%(host)s cannot be reached (%(why)s).", host=place, why=type(error).__name__)
        if isinstance(error, aiosmtplib.SMTPException):
            # The library's words for what a server lacks (STARTTLS, AUTH) hold no personal data.
            return Misconfigured("%(host)s cannot be used as it is set up: %(why)s", host=host, why=error.message)
        return error

    async def _hand_over(self, client: aiosmtplib.SMTP, letter: Letter) -> str:
        """Send; what the server answered when it took the letter."""
        host = self._address.host
        options = ["SMTPUTF8"] if letter.utf8 else []
        try:
            _, answer = await client.sendmail(letter.sender, [letter.recipient], letter.raw, mail_options=options)
        except aiosmtplib.SMTPNotSupported:
            raise Permanent("%(host)s cannot send to addresses that are not in Latin letters (SMTPUTF8).", host=host) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise await self._refused(client, letter, Stage.RECIPIENT, error.recipients[0]) from None
        except aiosmtplib.SMTPSenderRefused as error:
            raise await self._refused(client, letter, Stage.SENDER, error) from None
        except aiosmtplib.SMTPResponseException as error:
            raise await self._refused(client, letter, Stage.LETTER, error) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            why = type(error).__name__
            raise Unclear("The connection to %(host)s failed while sending (%(why)s).", host=host, why=why) from None
        except ValueError:
            raise Unreachable("The address of the requester is no e-mail address that a server would take.") from None
        return one_line(answer)[:ANSWER_LENGTH]

    async def _refused(
        self, client: aiosmtplib.SMTP, letter: Letter, stage: Stage, error: aiosmtplib.SMTPResponseException
    ) -> DeskError:
        """What a refusal means; where the words leave open whether it is the recipient or we, the server is asked."""
        whom = blame(stage, error.code, error.message, len(letter.raw))
        if whom in {Blame.UNSURE, Blame.SENDER} and stage is Stage.RECIPIENT and not await self._takes_our_own(client, letter):
            whom = Blame.OURS
        if whom not in {Blame.GONE, Blame.UNSURE}:
            self._drop()
        return error_of(self._address.host, whom, error.code, error.message)

    async def _takes_our_own(self, client: aiosmtplib.SMTP, letter: Letter) -> bool:
        """Whether the server would take a letter from us to our own mailbox, which exists: then it is not we whom it refuses."""
        try:
            await client.mail(letter.sender)
            await client.rcpt(self._own)
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._drop()
            return False
        return True


@asynccontextmanager
async def _soon(place: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
    """Hold a lock or a place. Raises PutOff when it is not to be had soon: a row's lease does not last for two letters."""
    try:
        async with asyncio.timeout(PLACE_SECONDS):
            await place.acquire()
    except TimeoutError:
        raise PutOff("Other letters are on their way to this server.") from None
    try:
        yield
    finally:
        place.release()


def _seconds() -> float:
    return asyncio.get_running_loop().time()


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
