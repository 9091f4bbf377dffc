"""The mail server of the sandbox: mailboxes, the two services in front of them, and faults between."""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sandbox.mail.faults import Fault, FaultKind, Faults, Service
from sandbox.mail.gate import Gate
from sandbox.mail.imap import ImapService
from sandbox.mail.smtp import SmtpService
from sandbox.mail.store import INBOX, Folder, Mail, MailError, Store, normal, with_crlf

PATIENCE = 10.0  # seconds


def _now() -> datetime:
    return datetime.now(UTC)


class MailServer:
    """IMAP and SMTP on loopback; any address of `domains` has a mailbox from its first mail or login on.

    The domain "*" stands for every domain. Everybody's password is `password`. With `state_dir` mail, UIDs and
    UIDVALIDITY outlive the process. `timepiece` gives the receipt times (aware).
    """

    def __init__(
        self,
        domains: Collection[str],
        state_dir: Path | None = None,
        *,
        password: str = "sandbox",  # noqa: S107  # there is nothing to protect
        host: str = "mx.sandbox.test",
        timepiece: Callable[[], datetime] = _now,
    ) -> None:
        self.domains = frozenset(map(normal, domains))
        self.password = password
        self.host = host
        self.now = timepiece
        self.faults = Faults()
        self._state_file = state_dir / "mail.sqlite3" if state_dir is not None else None
        self.store = Store(self._state_file, self._timepiece)
        self._imap = ImapService(self.store, host, lambda address: self._password_for(Service.IMAP, address))
        self._smtp = SmtpService(self, self.faults, lambda address: self._password_for(Service.SMTP, address))
        self._gates = {
            Service.IMAP: Gate(Service.IMAP, self._imap.protocol, self.faults),
            Service.SMTP: Gate(Service.SMTP, self._smtp.protocol, self.faults),
        }
        self._address = "127.0.0.1"
        self.arrivals: deque[tuple[int, str, str, int]] = deque(maxlen=2000)
        """What came lately: (number, address, folder, UID)."""
        self._numbers = itertools.count(1)
        self._arrived = asyncio.Event()
        self.store.on_arrival.append(self._note_arrival)

    def _timepiece(self) -> datetime:
        # `now` may be replaced while the server runs: a demo moves the time.
        return self.now()

    # -- running

    async def start(self, host: str = "127.0.0.1", imap_port: int = 0, smtp_port: int = 0) -> None:
        """Listen; port 0 takes a free one. OSError when a port is taken."""
        self._address = host
        await self._gates[Service.IMAP].open(host, imap_port)
        try:
            await self._gates[Service.SMTP].open(host, smtp_port)
        except OSError:
            await self._gates[Service.IMAP].close()
            raise

    async def stop(self) -> None:
        """Cut every connection, listen no more, close the store."""
        for gate in self._gates.values():
            await gate.close()
        await self._imap.wait_until_done()
        self.store.close()

    @property
    def imap_port(self) -> int:
        return self._gates[Service.IMAP].port

    @property
    def smtp_port(self) -> int:
        return self._gates[Service.SMTP].port

    def imap_url(self, address: str, folder: str = INBOX) -> str:
        """Give `imap://user:pass@127.0.0.1:port/INBOX`."""
        return f"imap://{self._login(address)}@{self._address}:{self.imap_port}/{quote(folder, safe='')}"

    def smtp_url(self, address: str) -> str:
        """Give `smtp://user:pass@127.0.0.1:port`."""
        return f"smtp://{self._login(address)}@{self._address}:{self.smtp_port}"

    def _login(self, address: str) -> str:
        return f"{quote(address, safe='')}:{quote(self.password, safe='')}"

    # -- mail

    def takes(self, address: str) -> bool:
        """Whether the address is of one of the sandbox's domains."""
        local_part, _, domain = normal(address).rpartition("@")
        return bool(local_part) and bool(domain) and ("*" in self.domains or domain in self.domains)

    async def deliver(
        self,
        raw: bytes,
        to: str,
        *,
        sender: str = "",
        authentication: str | None = None,
        received_at: datetime | None = None,
        folder: str = INBOX,
    ) -> Mail:
        """Put a mail into a mailbox as an MTA's last step does, with Return-Path and Delivered-To on top.

        `authentication` adds this server's Authentication-Results, as in "spf=pass smtp.mailfrom=people.test".
        Raises MailError when the address is not of the sandbox.
        """
        stamps = f"Return-Path: <{sender}>\r\nDelivered-To: {to}\r\n"
        if authentication is not None:
            stamps += f"Authentication-Results: {self.host}; {authentication}\r\n"
        return self._folder(to, folder).add(stamps.encode() + with_crlf(raw), received_at)

    def append(
        self, raw: bytes, to: str, *, received_at: datetime | None = None, flags: Collection[str] = (), folder: str = INBOX
    ) -> Mail:
        """Put a mail into a folder as it is."""
        return self._folder(to, folder).add(raw, received_at, flags)

    def addresses(self) -> list[str]:
        """Every address that has a mailbox."""
        return self.store.addresses()

    def mails(self, address: str, folder: str = INBOX) -> list[Mail]:
        """What is in a folder, by UID, without the content."""
        return list(self._folder(address, folder).mails.values())

    def raw(self, address: str, uid: int, folder: str = INBOX) -> bytes:
        """One mail. Raises MailError when it is not there."""
        try:
            return self._folder(address, folder).raw(uid)
        except KeyError:
            raise MailError(f"there is no mail {uid} in that folder") from None

    def messages(self, address: str, folder: str = INBOX) -> list[bytes]:
        """Every mail of a folder, raw, by UID."""
        found = self._folder(address, folder)
        return [found.raw(uid) for uid in found.mails]

    async def wait_for(
        self,
        address: str,
        predicate: Callable[[bytes], bool] = lambda _raw: True,
        *,
        folder: str = INBOX,
        patience: float = PATIENCE,
    ) -> bytes:
        """The first mail of the folder, raw, that satisfies the predicate; waits for it to come.

        Raises TimeoutError after `patience` seconds.
        """
        found = self._folder(address, folder)
        changed = asyncio.Event()
        found.on_change.append(changed.set)
        looked_at: set[int] = set()
        try:
            async with asyncio.timeout(patience):
                while True:
                    changed.clear()
                    for uid in [uid for uid in found.mails if uid not in looked_at]:
                        looked_at.add(uid)
                        raw = found.raw(uid)
                        if predicate(raw):
                            return raw
                    await changed.wait()
        except TimeoutError:
            raise TimeoutError(
                f"after {patience:g} s none of the {len(looked_at)} mails in the mailbox is the one waited for"
            ) from None
        finally:
            found.on_change.remove(changed.set)

    async def wait_for_arrival(self, after: int, patience: float) -> None:
        """Return when something has come after the arrival with that number, or after `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not any(number > after for number, *_ in self.arrivals):
                    await self._arrived.wait()

    def clear(self, address: str, folder: str = INBOX) -> None:
        """Remove every mail of a folder; UIDs go on where they were."""
        found = self._folder(address, folder)
        found.remove(list(found.mails))

    async def renumber(self, address: str, uidvalidity: int | None = None, folder: str = INBOX) -> int:
        """Change the folder's UIDVALIDITY and number its mails anew, as a restore does; IMAP connections are cut."""
        found = self._folder(address, folder)
        await self._gates[Service.IMAP].cut_all()
        found.renumber(uidvalidity)
        return found.uidvalidity

    def _folder(self, address: str, name: str) -> Folder:
        if not self.takes(address):
            raise MailError("that address is not of a domain of the sandbox")
        try:
            return self.store.folder(address, name)
        except KeyError:
            raise MailError(f"that mailbox has no folder {name}") from None

    def _note_arrival(self, folder: Folder, mail: Mail) -> None:
        self.arrivals.append((next(self._numbers), folder.address, folder.name, mail.uid))
        self._arrived.set()
        self._arrived.clear()

    # -- faults

    async def fault(
        self,
        service: str,
        kind: str,
        *,
        times: int | None = None,
        address: str | None = None,
        answer: str | None = None,
    ) -> Fault:
        """Let something go wrong from now on, `times` times or until it is lifted; see `FaultKind`.

        Raises MailError when the words make no sense.
        """
        fault = self.faults.add(service, kind, times=times, address=address, answer=answer)
        await self._gates[fault.service].apply_faults()
        return fault

    async def lift_faults(self, number: int | None = None) -> None:
        """End one fault, or all; a closed port is open again, silent connections go on."""
        self.faults.lift(number)
        for gate in self._gates.values():
            await gate.apply_faults()

    async def cut_connections(self, service: str) -> None:
        """Cut what is open now; new connections work."""
        await self._gates[Service(service)].cut_all()

    def _password_for(self, service: Service, address: str) -> str | None:
        if not self.takes(address) or self.faults.take(service, FaultKind.LOGIN, address):
            return None
        return self.password
