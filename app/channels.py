"""The channels put together for the service: Telegram always, mail when there are mailboxes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from app.settings.declared import Settings
from bot.check import BotApi, Unanswered
from bot.limits import Limits
from desk.context import Desk, Mailbox
from desk.errors import DeskError, Misconfigured, Temporary
from desk.flow.ways import Ways
from desk.pausing import pause
from desk.ports import DoorIn, DoorOut
from desk.reminders.troubles import Troubles
from desk.timepiece import Timepiece
from mail import scanners, urls
from mail.delivery import MailDelivery
from mail.door import MailDoor
from mail.mailbox import MailboxState, watch
from mail.parsing.sealed import keys_in

if TYPE_CHECKING:
    from bot.service import Telegram

log = structlog.get_logger(__name__)

# What puts the bot together, and imports the library for that.
BOT: Final = "bot.service"
Source = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
# Seconds between tries to have Telegram call the webhook.
WEBHOOK_RETRY = 30.0
# Seconds that the start waits for a look at the staff group.
LOOK_SECONDS = 5.0


class Channels:
    """The doors of every channel, and the sources to watch, by name: those of mail, and with `join_telegram` of Telegram too."""

    def __init__(self, settings: Settings, desk: Desk, timepiece: Timepiece) -> None:
        self._settings, self._desk, self._timepiece = settings, desk, timepiece
        self.doors_in: dict[str, DoorIn[Any]] = {}
        self.doors_out: list[DoorOut] = []
        self.sources: dict[str, Source] = {}
        self.ways: dict[str, Ways] = {}
        self._mailboxes: dict[str, MailboxState] = {}
        self._letters: MailDoor | None = None
        self._mail = self._add_mail() if settings.mailboxes else None
        self._bot: Telegram | None = None
        self._webhook_trouble = ""
        self._troubles = Troubles()

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings, desk: Desk, timepiece: Timepiece) -> AsyncIterator["Channels"]:
        """The channels, closed at the end whatever happens."""
        channels = cls(settings, desk, timepiece)
        try:
            yield channels
        finally:
            await channels._close()

    async def join_telegram(self) -> dict[str, Source]:
        """Put Telegram beside the mail, once its library is imported, which takes a while; the sources that came by that.

        Raises Misconfigured.
        """
        imported, _ = await asyncio.gather(asyncio.to_thread(import_module, BOT), self._refuse_open_group())
        self._bot = bot = self._build_telegram(imported.build)
        self.doors_in["telegram"] = bot.door_in
        for door in (bot.to_requesters, bot.to_staff):
            self._add_out(door)
        await bot.introduce(self._timepiece())
        joined: dict[str, Source] = {"telegram polling": self._poll}
        if self._settings.telegram.webhook_url:
            joined = {"telegram webhook": self._keep_webhook}
        self.sources |= joined
        return joined

    @property
    def _telegram(self) -> "Telegram":
        assert self._bot is not None, "Telegram has not joined yet."
        return self._bot

    def _add_out(self, door: DoorOut) -> None:
        self.doors_out.append(door)
        self.ways[door.channel] = Ways(door)

    async def follow_group(self) -> None:
        """Tell what is open in a staff group that was put in the place of another."""
        await self._telegram.moving.look()

    async def _refuse_open_group(self) -> None:
        """Raises Misconfigured for a staff group in which strangers can write. While Telegram gives no answer nothing is said."""
        told = self._settings.telegram
        if not told.staff_chat:
            return
        try:
            async with (
                asyncio.timeout(LOOK_SECONDS),
                BotApi(told.token.reveal(), told.api_url, self._timepiece, told.proxy.reveal()) as api,
            ):
                group = await api.group(told.staff_chat, (await api.me()).id)
        except (Unanswered, TimeoutError) as error:
            trouble = str(error.trouble) if isinstance(error, Unanswered) else "silent"
            log.warning("the staff group could not be looked at", trouble=trouble)
            return
        if group.open_to_all:
            raise Misconfigured(
                "Strangers can write in the staff group (telegram.staff_chat): it is public, or linked to a channel. "
                "Make it a private group without a channel."
            )

    def _build_telegram(self, build: Callable[..., "Telegram"]) -> "Telegram":
        told = self._settings.telegram
        limits = Limits(per_second=told.per_second, chat_per_second=told.chat_per_second, group_per_minute=told.group_per_minute)
        return build(
            self._desk,
            self._timepiece,
            token=told.token.reveal(),
            api_url=told.api_url,
            proxy=told.proxy.reveal(),
            limits=limits,
        )

    def _add_mail(self) -> MailDelivery:
        inboxes = {m.address: urls.parse_imap(m.imap_url.reveal()) for m in self._settings.mailboxes}
        servers = {m.address: urls.parse_smtp(m.smtp_url.reveal()) for m in self._settings.mailboxes}
        keys = keys_in(Path(file).read_bytes() for mailbox in self._settings.mailboxes for file in mailbox.keys)
        believed = {address: one.authserv_id for address, one in inboxes.items()}
        door = MailDoor(self._desk, believed, keys, processes=scanners.wanted())
        self.doors_in["mail"] = self._letters = door
        delivery = MailDelivery(self._desk, servers)
        self._add_out(delivery)
        for mailbox in self._desk.mailboxes:
            self.sources[f"mailbox {mailbox.address}"] = self._watching(mailbox, inboxes[mailbox.address])
        return delivery

    def _watching(self, mailbox: Mailbox, imap: urls.ImapAddress) -> Source:
        def note(state: MailboxState) -> None:
            self._mailboxes[state.address] = state

        return lambda stop: watch(self._desk, mailbox, imap, stop=stop, timepiece=self._timepiece, on_state=note)

    async def _close(self) -> None:
        """Say goodbye to every server; a second is enough, for nothing is on its way any more."""
        goodbyes = [one.close() for one in (self._bot, self._mail, self._letters) if one is not None]
        try:
            async with asyncio.timeout(1):
                await asyncio.gather(*goodbyes, return_exceptions=True)
        except TimeoutError:
            log.warning("a server did not say goodbye in time")

    async def _poll(self, stop: asyncio.Event) -> None:
        await asyncio.gather(*(loop for _, loop in self._telegram.loops(stop, self._timepiece)))

    async def _keep_webhook(self, stop: asyncio.Event) -> None:
        """Have Telegram call us; what cannot be had now is tried again."""
        told = self._settings.telegram
        while not stop.is_set():
            try:
                await self._telegram.use_webhook(url=told.webhook_url, secret=told.webhook_secret.reveal())
            except (Temporary, Misconfigured) as error:
                self._webhook_trouble = error.sentence
                log.warning("the webhook cannot be set", why=error.sentence)
                await pause(stop, WEBHOOK_RETRY)
            else:
                self._webhook_trouble = ""
                await stop.wait()

    def add_routes(self, app: web.Application) -> None:
        """Let the process's web server take Telegram's calls, when there is a webhook."""
        told = self._settings.telegram
        if not told.webhook_url:
            return
        path = urlsplit(told.webhook_url).path or "/"
        hook = self._telegram.webhook(path=path, secret=told.webhook_secret.reveal(), timepiece=self._timepiece)
        for route in hook.router.routes():
            app.router.add_route(route.method, path, route.handler)

    async def watch(self) -> None:
        """Have trouble that lasts told where it is read: by mail of Telegram, in the staff group of mail."""
        await self._troubles.tell(self._desk, self._errors(), self._timepiece())

    def troubles(self) -> dict[str, str]:
        """What is wrong with each source and each way out, in a sentence; empty for those that are well."""
        return {name: error.sentence if error else "" for name, error in self._errors().items()}

    def _errors(self) -> dict[str, DeskError | None]:
        webhook = "telegram webhook" in self.sources
        found = {"telegram webhook": self._webhook_trouble} if webhook else {"telegram polling": self._telegram.health.trouble}
        for mailbox in self._desk.mailboxes:
            # Of a mailbox that another process watches nothing is known here, which is no trouble.
            state = self._mailboxes.get(mailbox.address)
            found[f"mailbox {mailbox.address}"] = "" if state is None or state.connected else state.error or "not connected"
        errors = {name: Temporary(why) if why else None for name, why in found.items()}
        ways = {f"delivery {way}": shut for ways in self.ways.values() for way, shut in ways.known()}
        return errors | {name: shut.error if shut else None for name, shut in ways.items()}
