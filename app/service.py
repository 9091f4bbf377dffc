"""The service: everything of DESIGN §2 put together, running until it is told to stop or one of its loops dies.

1. The database is opened and migrated; on SQLite this process makes sure that it is the only one.
2. The workers start (inbox, one outbox a channel), then the sources (mailboxes, Telegram), then the jobs.
3. To stop: the web server and the sources first, so that nothing new comes in; then the row in hand of each worker is
   finished; then connections and the database are closed. Each step has its patience, all of them stay under ten seconds.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from app import __version__
from app.building import desk_of, refuse_lost_key
from app.channels import Channels, Source
from app.http import Server, application
from app.jobs import Jobs
from app.learnt import read_by
from app.metrics import Metrics
from app.settings.declared import Settings, SettingsError
from app.speech import said
from app.tasks import Crew
from app.timepiece import SystemTimepiece
from desk.context import Desk
from desk.deed import drafting, reminding, retention
from desk.flow import delivery, inbound, queues
from desk.incident import notifying
from desk.pausing import pause
from desk.recognising.letter import warm_up
from desk.record import anchors, beginning, kept
from desk.reminders import blocked, digest, overview, sweep
from desk.timepiece import Timepiece
from desk.vault import BLOB_NAME
from models import Attachment, Destruction, Dialog, Heard, Inbound, Outbox, OutboxState
from models.store import leases
from models.store.connect import StoreError, client, is_postgres, opened
from models.store.query import column

log = structlog.get_logger(__name__)

SWEEP_SECONDS: Final = 20.0
NOTICES_SECONDS: Final = 20.0
# How often it is looked whether more new tickets wait than topics can be made for.
OVERVIEW_SECONDS: Final = 15.0
# How often it is looked whether a channel is in trouble.
WATCH_SECONDS: Final = 20.0
# How often it is looked whether the digest is to be said, missing clocks can be counted, and files were left over.
DIGEST_SECONDS, RECOUNT_SECONDS, TIDY_SECONDS = 60.0, 3600.0, 86400.0
# How often the head of the history is written down outside of the database.
ANCHOR_SECONDS: Final = 600.0
# How often it is looked whether closed tickets have been kept long enough.
RETENTION_SECONDS: Final = 3600.0
# Settings are read at the start; later only a process that is being replaced may have planned by older ones.
REPLAN_SECONDS: Final = 86400.0
# A file of the vault that no row names is left over from a crash once it is this old.
LEFT_OVER: Final = timedelta(days=2)
# A sweep that has not succeeded for this long makes the process unwell.
SWEEP_LATE: Final = timedelta(minutes=5)
# Seconds of patience while stopping: for the sources, for the row in hand of each worker, for the jobs.
SOURCES_PATIENCE, WORKERS_PATIENCE, JOBS_PATIENCE = 1.5, 4.0, 1.0
# How often a process of several asks for a source that another one holds.
TURN_SECONDS: Final = 3.0


class Service:
    """One desk process. `stop()` may be called from a signal handler; `run()` then ends with the exit code."""

    def __init__(self, settings: Settings, timepiece: Timepiece) -> None:
        self._settings, self._timepiece = settings, timepiece
        self._stopping = asyncio.Event()
        self._sources_stop, self._workers_stop = asyncio.Event(), asyncio.Event()
        self._crew = Crew(self.stop)
        self._jobs = Jobs(timepiece)
        self._desk: Desk | None = None
        self._channels: Channels | None = None
        self._started_at: datetime | None = None
        self.started = asyncio.Event()
        self.port = 0

    def stop(self) -> None:
        """Begin to stop."""
        self._stopping.set()

    async def run(self) -> int:
        """Serve until told to stop; 0, or 1 when a loop died. Raises SettingsError, StoreError, DeskError."""
        async with opened(self._settings.database_url), AsyncExitStack() as stack:
            if not is_postgres():
                await stack.enter_async_context(leases.holder("desk"))
                # Nobody else serves this database, so every lease is that of a process that was killed.
                for model in (Inbound, Outbox):
                    await leases.forget_leases(model, now=self._timepiece())
            elif ended := await queues.forget_leases_of_the_dead(self._timepiece()):
                log.info("leases of killed processes ended", count=ended)
            await refuse_lost_key(self._settings)
            self._desk = desk_of(self._settings)
            if untold := read_by(self._settings, self._desk.vault):
                log.warning("what was learnt cannot be read", why=untold)
            if await beginning.begin(self._timepiece()):
                log.info("the history answers for what is kept from now on")
            self._channels = await stack.enter_async_context(Channels.opened(self._settings, self._desk, self._timepiece))
            # Mail is fetched and stored from now on, whatever Telegram takes to be there.
            sources = self._start_sources(self._channels.sources)
            try:
                sources |= self._start_sources(await self._channels.join_telegram())
                async with self._running(self._desk, self._channels, sources):
                    await self._stopping.wait()
            finally:
                self._sources_stop.set()
                await self._crew.stop(sources, SOURCES_PATIENCE)
        log.info("rightsdesk has stopped", version=__version__)
        return 1 if self._crew.failed else 0

    @asynccontextmanager
    async def _running(self, desk: Desk, channels: Channels, sources: set[str]) -> AsyncIterator[None]:
        server = await self._listen(channels)
        workers = self._start_workers(desk, channels)
        self._jobs.every(REPLAN_SECONDS, "replan", self._replan)
        self._jobs.every(SWEEP_SECONDS, "sweep", self.sweep)
        self._jobs.every(NOTICES_SECONDS, "notices", self._notices)
        self._jobs.every(SWEEP_SECONDS, "processors", self._processors)
        self._jobs.every(WATCH_SECONDS, "channels", channels.watch)
        self._jobs.every(OVERVIEW_SECONDS, "overview", self._overview)
        self._jobs.every(OVERVIEW_SECONDS, "staff group", channels.follow_group)
        self._jobs.every(DIGEST_SECONDS, "digest", self._digest)
        self._jobs.every(RECOUNT_SECONDS, "recount", self._recount)
        self._jobs.every(TIDY_SECONDS, "tidy", self._tidy)
        self._jobs.every(ANCHOR_SECONDS, "anchor", self._anchor)
        self._jobs.every(RETENTION_SECONDS, "retention", self._retention)
        self._jobs.start()
        self._started_at = self._timepiece()
        log.info(
            "rightsdesk is running",
            version=__version__,
            listen=f"{self._settings.http.host}:{self.port}",
            mailboxes=len(self._settings.mailboxes),
            loops=sorted(self._crew.alive()),
        )
        self.started.set()
        try:
            yield
        finally:
            log.info("rightsdesk is stopping")
            self._sources_stop.set()
            await asyncio.gather(server.stop(), self._crew.stop(sources, SOURCES_PATIENCE))
            await self._jobs.stop(JOBS_PATIENCE)
            self._workers_stop.set()
            desk.wake.all()
            await self._crew.stop(workers, WORKERS_PATIENCE)

    async def _listen(self, channels: Channels) -> Server:
        metrics = Metrics(self._timepiece, self._crew.alive)
        metrics.channels = lambda: {name: not trouble for name, trouble in channels.troubles().items()}
        app = application(health=self.health, ready=self.ready, metrics=metrics.page)
        channels.add_routes(app)
        http = self._settings.http
        server = Server(app, http.host, http.port)
        try:
            await server.start()
        except OSError as error:
            why = error.strerror or error
            wrong = said("http.listen: %(listen)s cannot be listened on: %(why)s.", listen=http.listen, why=why)
            raise SettingsError([wrong]) from error
        self.port = server.port
        return server

    def _start_workers(self, desk: Desk, channels: Channels) -> set[str]:
        loops: dict[str, Any] = {"inbox": self._take(desk, channels)}
        for door in channels.doors_out:
            ways = channels.ways[door.channel]
            loops[f"outbox {door.channel}"] = delivery.work(desk, door, self._workers_stop, self._timepiece, ways)
        for name, loop in loops.items():
            self._crew.start(name, loop)
        return set(loops)

    async def _take(self, desk: Desk, channels: Channels) -> None:
        """Take what came in, once letters can be read: a row is leased only to a process that can take it at once.

        Who dies while the dictionaries load has not died of a letter (see desk.flow.inbound.DEADLY).
        """
        await asyncio.to_thread(warm_up)
        await inbound.work(desk, channels.doors_in, self._workers_stop, self._timepiece)

    def _start_sources(self, sources: Mapping[str, Source]) -> set[str]:
        for name, watch in sources.items():
            loop = partial(watch, self._sources_stop)
            self._crew.start(name, self._in_turn(name, loop) if is_postgres() else loop())
        return set(sources)

    async def _in_turn(self, name: str, watch: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Watch a source in one process of several: whoever holds its lock; another takes over when that one is gone."""
        stop = self._sources_stop
        while not stop.is_set():
            try:
                async with leases.holder(name, wait=False):
                    log.info("source taken", source=name)
                    await watch()
            except StoreError:
                # Another process has it, or the database is away; either way our turn may come.
                await pause(stop, TURN_SECONDS)

    @property
    def desk(self) -> Desk:
        """The desk that is served; there is one once `started` is set."""
        assert self._desk is not None
        return self._desk

    async def sweep(self) -> None:
        """Say the reminders that are due."""
        reminded = await sweep.sweep(self.desk, self._timepiece())
        reminded += await blocked.remind(self.desk, self._timepiece())
        if reminded:
            log.info("reminders said", count=reminded)

    async def look(self) -> None:
        """Do at once what is due by now; for whoever has moved the time on."""
        await self.sweep()
        await self._processors()
        await self._digest()

    async def _processors(self) -> None:
        """Draft what processors are to be told, and remind those that do not confirm."""
        now = self._timepiece()
        await drafting.draft(self.desk, now)
        reminded = await reminding.remind(self.desk, now)
        if reminded:
            log.info("processors reminded", count=reminded)

    async def _overview(self) -> None:
        """Show at once what comes faster than topics can be made."""
        await overview.say(self.desk, self._timepiece())

    async def _digest(self) -> None:
        """Say the digest when its time has come."""
        await digest.say(self.desk, self._timepiece())

    async def _replan(self) -> None:
        """Plan the reminders anew that were planned by other settings."""
        moved = await sweep.replan(self.desk, self._timepiece())
        if moved:
            log.info("reminders planned anew", count=moved)

    async def _notices(self) -> None:
        """Write to the next people concerned by an incident, where that is under way."""
        if await notifying.go_on(self.desk, self._timepiece()):
            self.desk.wake.deliveries()

    async def _recount(self) -> None:
        """Count what could not be counted before."""
        await sweep.recount(self.desk, self._timepiece())

    async def _anchor(self) -> None:
        """Write the head of the history down beside the key."""
        await anchors.keep(anchors.beside(self._settings.key_file), self.desk.vault, self._timepiece())

    async def _retention(self) -> None:
        """Erase the personal data of tickets that were closed long ago."""
        while await retention.erase(self.desk, self._timepiece()):
            pass

    async def _tidy(self) -> None:
        """Remove files that a crash left in the vault."""
        names = {*await column(Inbound.exclude(blob=""), "blob"), *await column(Attachment.exclude(blob=""), "blob")}
        # Letters as they left, and those of which it is not settled yet whether they did.
        names.update(one["blob"] for row in await column(Outbox.exclude(kept=[]), "kept") for one in row)
        for number in await column(
            Outbox.filter(channel__in=["mail", "telegram"], attempts__gt=0).exclude(state=OutboxState.SENT), "id"
        ):
            names.update(kept.names(self.desk.vault, number))
        # Files of a dialog that is not finished, and of what staff wrote: it may become an answer yet.
        for act in await Destruction.all():
            names.update(act.files)
        for data in [*await column(Dialog.all(), "data"), *await column(Heard.all(), "files")]:
            names.update(BLOB_NAME.findall(json.dumps(data)))
        # Files bear the time of the machine, wherever the demo has moved its own to.
        await asyncio.to_thread(self.desk.vault.sweep, names, LEFT_OVER, SystemTimepiece()())

    def health(self) -> dict[str, Any]:
        """Whether every loop runs, what is due is looked at ("failing" if not), and every channel works ("degraded" if not)."""
        loops = self._crew.alive()
        swept = self._jobs.succeeded.get("sweep") or self._started_at
        late = swept is None or self._timepiece() - swept > SWEEP_LATE
        well = bool(loops) and all(loops.values()) and not late and not self._crew.failed
        troubles = self._channels.troubles() if self._channels else {}
        return {
            "status": "failing" if not well else "degraded" if any(troubles.values()) else "ok",
            "loops": loops,
            "swept_at": swept.astimezone(UTC).isoformat() if swept else None,
            "sources": {name: trouble or "ok" for name, trouble in troubles.items()},
        }

    async def ready(self) -> dict[str, Any]:
        """Whether requests can be taken: started, not stopping, the database answers, and every channel works."""
        status = "ok" if self.started.is_set() and not self._stopping.is_set() else "starting or stopping"
        try:
            async with asyncio.timeout(3):
                await client().execute_query("SELECT 1")
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is no
            log.warning("the database does not answer", error=type(error).__name__)
            status = "the database does not answer"
        troubles = {name: why for name, why in (self._channels.troubles() if self._channels else {}).items() if why}
        if status == "ok" and troubles:
            status = "a channel is in trouble"
        return {"status": status, "troubles": troubles}
