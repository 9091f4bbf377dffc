"""The IMAP side: pymap speaks the protocol, the sandbox's own store holds the mail."""

import asyncio
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cached_property
from typing import Any

from proxyprotocol.sock import SocketInfo
from pymap.backend.mailbox import MailboxDataInterface, MailboxSetInterface
from pymap.backend.session import BaseSession
from pymap.bytes import Writeable
from pymap.concurrent import Event, Subsystem
from pymap.config import BackendCapability, IMAPConfig
from pymap.exceptions import AuthorizationFailure, InvalidAuth, NotAllowedError
from pymap.flags import FlagOp
from pymap.imap import IMAPServer
from pymap.interfaces.login import IdentityInterface, LoginInterface
from pymap.interfaces.message import CachedMessage
from pymap.listtree import ListTree
from pymap.mailbox import MailboxSnapshot
from pymap.message import BaseLoadedMessage, BaseMessage
from pymap.mime import MessageContent
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement, ObjectId
from pymap.parsing.specials.flag import Flag, Seen
from pymap.selected import SelectedMailbox, SelectedSet
from pymap.token import AllTokens
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import Cleartext

from sandbox.mail.store import INBOX, Folder, Mail, Store, normal

LINE_LIMIT = 1 << 20  # octets; a FETCH of many UIDs makes a long line


class Message(BaseMessage):
    """A mail as pymap sees it; its content is read when a client asks for it."""

    def __init__(self, folder: Folder, mail: Mail, *, expunged: bool = False) -> None:
        flags = [Flag(flag.encode()) for flag in mail.flags]
        super().__init__(mail.uid, mail.received_at, flags, expunged=expunged)
        self.folder = folder
        self.mail = mail

    async def load_content(self, requirement: FetchRequirement) -> "LoadedMessage":
        try:
            raw = self.folder.raw(self.uid)
        except KeyError:
            raw = b""
        return LoadedMessage(self, requirement, raw)


class LoadedMessage(BaseLoadedMessage):
    """A mail with its content.

    The whole, the header and the text are cut from the bytes as they came; only what needs the structure of the mail
    is left to pymap's parser.
    """

    def __init__(self, message: Message, requirement: FetchRequirement, raw: bytes) -> None:
        super().__init__(message, requirement, None)
        self.raw = raw

    @cached_property
    def parsed(self) -> MessageContent:
        return MessageContent.parse(self.raw)

    @property
    def content(self) -> MessageContent:
        return self.parsed

    @property
    def _text_begins(self) -> int:
        end_of_header = self.raw.find(b"\r\n\r\n")
        return len(self.raw) if end_of_header < 0 else end_of_header + 4

    def get_size(self, section: Sequence[int] | None = None) -> int:
        return super().get_size(section) if section else len(self.raw)

    def get_body(self, section: Sequence[int] | None = None, binary: bool = False) -> Writeable:
        return super().get_body(section, binary) if section or binary else Writeable.wrap(self.raw)

    def get_message_headers(self, section: Sequence[int] | None = None, subset: Any = None, inverse: bool = False) -> Writeable:
        if section or subset is not None:
            return super().get_message_headers(section, subset, inverse)
        return Writeable.wrap(self.raw[: self._text_begins])

    def get_message_text(self, section: Sequence[int] | None = None) -> Writeable:
        return super().get_message_text(section) if section else Writeable.wrap(self.raw[self._text_begins :])


class Mailbox(MailboxDataInterface[Message]):
    """One folder; all connections that look at it share this object."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._id = ObjectId(b"F%d" % folder.number)
        self._selected = SelectedSet()
        self._changed = Event.for_asyncio()
        self._recent: set[int] = set()
        folder.on_change.append(self._changed.set)

    @property
    def mailbox_id(self) -> ObjectId:
        return self._id

    @property
    def readonly(self) -> bool:
        return False

    @property
    def uid_validity(self) -> int:
        return self.folder.uidvalidity

    @property
    def selected_set(self) -> SelectedSet:
        return self._selected

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        changes = self.folder.changes
        # What came between the last answer and IDLE is told at once; a wait would miss it.
        if wait_on is not None and selected.mod_sequence == len(changes):
            await wait_on.or_event(self._changed).wait()
        seen, selected.mod_sequence = selected.mod_sequence, len(changes)
        touched = set(self.folder.mails) if seen is None else set(changes[seen:])
        here = sorted(uid for uid in touched if uid in self.folder.mails)
        selected.add_updates([self._message(uid) for uid in here], touched.difference(here))
        return selected

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Message:
        mail = self.folder.add(append_msg.literal, append_msg.when, map(str, append_msg.flag_set))
        if recent:
            self._recent.add(mail.uid)
        return Message(self.folder, mail)

    async def copy(self, uid: int, destination: "Mailbox", *, recent: bool = False) -> int | None:
        mail = self.folder.mails.get(uid)
        if mail is None:
            return None
        copied = destination.folder.add(self.folder.raw(uid), mail.received_at, mail.flags)
        if recent:
            destination._recent.add(copied.uid)  # noqa: SLF001  # its own kind
        return copied.uid

    async def move(self, uid: int, destination: "Mailbox", *, recent: bool = False) -> int | None:
        moved = await self.copy(uid, destination, recent=recent)
        self.folder.remove([uid])
        return moved

    async def get(self, uid: int, cached_msg: CachedMessage) -> Message:
        if uid in self.folder.mails:
            return self._message(uid)
        assert isinstance(cached_msg, Message)
        return Message(self.folder, cached_msg.mail, expunged=True)

    async def update(self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp) -> Message:
        message = await self.get(uid, cached_msg)
        if not message.expunged:
            self.folder.set_flags(uid, map(str, mode.apply(message.permanent_flags, flag_set)))
        return await self.get(uid, cached_msg)

    async def delete(self, uids: Iterable[int]) -> None:
        self.folder.remove(uids)

    async def claim_recent(self, selected: SelectedMailbox) -> None:
        for uid in self._recent:
            selected.session_flags.add_recent(uid)
        self._recent.clear()

    async def cleanup(self) -> None:
        """Nothing is left lying about here."""

    async def snapshot(self) -> MailboxSnapshot:
        mails = list(self.folder.mails.values())
        unseen = [number for number, mail in enumerate(mails, start=1) if str(Seen) not in mail.flags]
        return MailboxSnapshot(
            self.mailbox_id,
            self.readonly,
            self.uid_validity,
            self.permanent_flags,
            self.session_flags,
            len(mails),
            len(self._recent),
            len(unseen),
            unseen[0] if unseen else None,
            self.folder.next_uid,
        )

    def _message(self, uid: int) -> Message:
        return Message(self.folder, self.folder.mails[uid])


class MailboxSet(MailboxSetInterface[Mailbox]):
    """The folders of one address."""

    def __init__(self, store: Store, address: str) -> None:
        self._store = store
        self._address = address
        self._mailboxes: dict[int, Mailbox] = {}
        self._subscribed: set[str] = set()

    @property
    def delimiter(self) -> str:
        return "/"

    async def set_subscribed(self, name: str, subscribed: bool) -> None:
        (self._subscribed.add if subscribed else self._subscribed.discard)(name)

    async def list_subscribed(self) -> ListTree:
        names = [folder.name for folder in self._store.folders(self._address)]
        return ListTree(self.delimiter).update(INBOX, *sorted(self._subscribed.intersection(names)))

    async def list_mailboxes(self) -> ListTree:
        return ListTree(self.delimiter).update(*(folder.name for folder in self._store.folders(self._address)))

    async def get_mailbox(self, name: str) -> Mailbox:
        folder = self._store.folder(self._address, name)
        if folder.number not in self._mailboxes:
            self._mailboxes[folder.number] = Mailbox(folder)
        return self._mailboxes[folder.number]

    async def add_mailbox(self, name: str) -> ObjectId:
        self._store.create(self._address, name)
        return (await self.get_mailbox(name)).mailbox_id

    async def delete_mailbox(self, name: str) -> None:
        self._store.delete(self._address, name)

    async def rename_mailbox(self, before: str, after: str) -> None:
        self._store.rename(self._address, before, after)


class Config(IMAPConfig):
    """pymap's settings: no TLS (loopback only), no threads, passwords as they are."""

    def __init__(self, host: str) -> None:
        self._greeting = host.encode()
        super().__init__(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=None,
            port=0,
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            admin_key=b"",
        )

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=True, object_id=False, multi_append=True)

    @property
    def greeting(self) -> bytes:
        return self._greeting + b" ready"


class Session(BaseSession[Message]):
    def __init__(self, address: str, config: Config, mailbox_set: MailboxSet) -> None:
        super().__init__(address)
        self._config = config
        self._mailbox_set = mailbox_set

    @property
    def config(self) -> Config:
        return self._config

    @property
    def mailbox_set(self) -> MailboxSet:
        return self._mailbox_set


class Login(LoginInterface):
    """Lets in whoever the server says may come in; their mailbox is there from then on."""

    def __init__(self, store: Store, config: Config, password_of: Callable[[str], str | None]) -> None:
        self.config = config
        self.password_of = password_of
        self._store = store
        self._mailbox_sets: dict[str, MailboxSet] = {}
        self._tokens = AllTokens(config)

    @property
    def tokens(self) -> AllTokens:
        return self._tokens

    async def authenticate(self, credentials: ServerCredentials) -> "Identity":
        identity = Identity(credentials.authcid, self)
        if not credentials.verify(await identity.get()):
            raise InvalidAuth
        return identity

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> "Identity":
        if authzid not in ("", authenticated.name):
            raise AuthorizationFailure
        return Identity(authenticated.name, self)

    def mailbox_set(self, address: str) -> MailboxSet:
        if address not in self._mailbox_sets:
            self._mailbox_sets[address] = MailboxSet(self._store, address)
        return self._mailbox_sets[address]


class Identity(IdentityInterface):
    """One address. Addresses are not made or changed over IMAP."""

    def __init__(self, name: str, login: Login) -> None:
        self._name = name
        self._login = login

    @property
    def name(self) -> str:
        return self._name

    @property
    def roles(self) -> frozenset[str]:
        return frozenset()

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        yield Session(self._name, self._login.config, self._login.mailbox_set(normal(self._name)))

    async def new_token(self, *, expiration: datetime | None = None) -> str | None:  # noqa: ARG002  # pymap's signature
        return None

    async def get(self) -> UserMetadata:
        return UserMetadata(self._login.config, self._name, password=self._login.password_of(self._name))

    async def set(self, metadata: UserMetadata) -> int | None:  # noqa: ARG002  # pymap's signature
        raise NotAllowedError("Addresses are not changed over IMAP.")

    async def delete(self) -> None:
        raise NotAllowedError("Addresses are not changed over IMAP.")


class ImapService:
    """Serves connections that the gate hands over. `password_of` gives an address's password, None to shut it out."""

    def __init__(self, store: Store, host: str, password_of: Callable[[str], str | None]) -> None:
        config = Config(host)
        self._server = IMAPServer(Login(store, config, password_of), config)
        self._running: set[asyncio.Task[None]] = set()

    def protocol(self) -> asyncio.Protocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(limit=LINE_LIMIT), self._serve)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            with suppress(ConnectionError):
                await self._server(reader, writer, SocketInfo.get(writer, None))
        finally:
            self._running.discard(task)

    async def wait_until_done(self) -> None:
        """Return when every connection has been seen off; the gate has cut them before."""
        await asyncio.gather(*self._running, return_exceptions=True)
