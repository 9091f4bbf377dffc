"""The service as a whole, over the real protocols of the sandbox, in this process."""

import asyncio
import io
import json
import logging
import re
import threading
import urllib.error
import urllib.request
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from importlib import import_module
from types import ModuleType

import pytest
import structlog
from tortoise.exceptions import BaseORMException

from app import channels, logs
from app.building import desk_of
from app.learnt import write
from app.service import Service
from app.settings.declared import SettingsError, load
from app.timepiece import SystemTimepiece
from desk.errors import Misconfigured
from desk.recognising.learnt import Learnt, use, used
from models import Inbound, InboundState, Outbox, OutboxState, Ticket
from models.store.connect import StoreError
from sandbox.mail import MailServer
from sandbox.telegram import TelegramServer

TOKEN = "4700000001:service-test-token-for-loopback"
SUPPORT = "support@desk.test"
ANNA = "anna.secretova@people.test"
MARKS = ("secretova", "Секретова", "Secretov", "4111-1111", "hush-hush", "+7 999 123-45-67")


@pytest.fixture
async def outside():
    """Telegram and the mail provider, with a staff group."""
    telegram, mail = TelegramServer(TOKEN), MailServer(["desk.test", "people.test"])
    await telegram.start()
    await mail.start()
    boris, clara = (telegram.world.add_person(name) for name in ("Борис", "Клара"))
    telegram.group = telegram.world.add_group("Обращения", forum=True, owner=clara, members=[boris])
    yield telegram, mail
    await mail.stop()
    await telegram.stop()


@pytest.fixture
def settings(outside, tmp_path):
    telegram, mail = outside

    def made(**changed: str):
        environment = {
            "DESK_CONFIG": "/dev/null",
            "DESK_OPERATOR__NAME": "ИП Тестова",
            "DESK_STORAGE__DIR": str(tmp_path),
            "DESK_TELEGRAM__TOKEN": TOKEN,
            "DESK_TELEGRAM__API_URL": telegram.url,
            "DESK_TELEGRAM__STAFF_CHAT": str(telegram.group.id),
            "DESK_TELEGRAM__GROUP_PER_MINUTE": "100000",
            "DESK_TELEGRAM__CHAT_PER_SECOND": "1000",
            "DESK_STAFF__UNDO_SECONDS": "0",
            "DESK_HTTP__LISTEN": "127.0.0.1:0",
            "DESK_MAILBOXES__0__ADDRESS": SUPPORT,
            "DESK_MAILBOXES__0__IMAP_URL": mail.imap_url(SUPPORT),
            "DESK_MAILBOXES__0__SMTP_URL": mail.smtp_url(SUPPORT),
        }
        return load(environment | changed, for_running=True)

    return made


@asynccontextmanager
async def running(settings):
    """The service, started; stopped at the end, its exit code in `service.code`."""
    service = Service(settings, SystemTimepiece())
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(service.run())
        waiting = group.create_task(service.started.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        try:
            yield service
        finally:
            service.stop()
    service.code = serving.result()


async def get(service: Service, path: str) -> tuple[int, str]:
    def ask() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{service.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return await asyncio.to_thread(ask)


async def until(ask, what: str):
    try:
        async with asyncio.timeout(60):
            while not (found := await ask()):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
    return found


def letter(subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Анна Секретова <{ANNA}>", SUPPORT, subject
    message["Message-ID"] = f"<{abs(hash(subject))}@people.test>"
    message.set_content(text)
    return message


async def quiet() -> bool:
    """Nothing waits any more on its way in or out."""
    inbound = await Inbound.filter(state=InboundState.WAITING).exists()
    outbox = await Outbox.filter(state=OutboxState.WAITING).exists()
    return not inbound and not outbox


async def test_it_serves_says_how_it_is_and_stops_cleanly(outside, settings):
    async with running(settings()) as service:
        code, health = await get(service, "/healthz")
        found = json.loads(health)
        assert (code, found["status"]) == (200, "ok")
        assert set(found["loops"]) == {
            "inbox",
            "outbox mail",
            "outbox staff",
            "outbox telegram",
            f"mailbox {SUPPORT}",
            "telegram polling",
        }
        assert (await get(service, "/readyz"))[0] == 200
        code, metrics = await get(service, "/metrics")
        assert code == 200
        assert 'rightsdesk_loop_alive{loop="inbox"} 1.0' in metrics
        assert 'rightsdesk_inbound_rows{channel="mail",state="parked"} 0.0' in metrics
        assert "rightsdesk_clocks_overdue 0.0" in metrics
    assert service.code == 0


@pytest.mark.parametrize("trouble", ["thrown out", "revoked", "away"])
async def test_a_channel_in_trouble_is_told_by_health_and_readiness_until_it_is_mended(outside, settings, trouble):
    telegram, _ = outside
    anna, bot = telegram.world.add_person("Анна"), telegram.world.bot
    async with running(settings()) as service:
        if trouble == "thrown out":
            telegram.people.say(anna, "Прошу ответить")
            telegram.people.remove_bot(telegram.group)
        elif trouble == "revoked":
            bot.token = f"{bot.id}:another-token-of-the-same-bot"
            telegram.cut_connections()
        else:
            telegram.faults.add("outage")

        async def status(path: str, wanted: int, word: str) -> bool:
            code, body = await get(service, path)
            return (code, json.loads(body)["status"]) == (wanted, word)

        await until(lambda: status("/healthz", 200, "degraded"), "health says so")
        await until(lambda: status("/readyz", 503, "a channel is in trouble"), "readiness says so")
        if trouble == "thrown out":
            telegram.people.add_bot(telegram.group, rights=None)
        bot.token = TOKEN
        telegram.faults.lift()
        await until(lambda: status("/healthz", 200, "ok"), "it is well again")
        assert (await get(service, "/readyz"))[0] == 200
    assert service.code == 0


async def test_it_reads_by_what_was_learnt_from_its_start_and_serves_where_that_is_damaged(outside, settings):
    told = settings()
    learnt = Learnt({"карточку": {"marketing_optout": 3.0}}, 2)
    path = write(told, desk_of(told).vault, learnt)
    try:
        async with running(told):
            assert used() == learnt
        path.write_bytes(b"damaged")
        async with running(told) as service:
            assert used() is None
            assert (await get(service, "/healthz"))[0] == 200
    finally:
        use(None)


async def test_a_letter_becomes_a_ticket_and_is_counted(outside, settings):
    _, mail = outside
    async with running(settings()) as service:
        await mail.deliver(letter("Withdrawal Statement", "Отзываю согласие.").as_bytes(), SUPPORT, sender=ANNA)
        await until(lambda: Ticket.all().first(), "the ticket")
        await mail.wait_for(ANNA)
        _, metrics = await get(service, "/metrics")
        assert "rightsdesk_tickets_open 1.0" in metrics
        assert re.search(r"^rightsdesk_next_due_timestamp_seconds \d", metrics, re.MULTILINE)


async def a_letter_waits() -> bool:
    """A letter is stored, and nobody has taken it; False too while the database is not open yet."""
    with suppress(BaseORMException, RuntimeError):
        return await Inbound.filter(channel="mail", state=InboundState.WAITING).exists()
    return False


async def test_mail_is_fetched_while_the_library_of_telegram_is_still_being_imported(outside, settings, monkeypatch):
    _, mail = outside
    imported = threading.Event()

    def import_slowly(name: str) -> ModuleType:
        assert imported.wait(60)
        return import_module(name)

    monkeypatch.setattr(channels, "import_module", import_slowly)
    mail.append(letter("Запрос", "Прошу сообщить, какие данные обо мне обрабатываются.").as_bytes(), SUPPORT)
    service = Service(settings(), SystemTimepiece())
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(service.run())
        await until(a_letter_waits, "a letter")
        assert not service.started.is_set()
        imported.set()
        await until(lambda: Ticket.all().exists(), "a ticket")
        service.stop()
    assert serving.result() == 0


async def test_a_desk_in_whose_group_strangers_can_write_ends_though_mail_is_fetched_already(outside, settings):
    telegram, _ = outside
    telegram.group.username = "everybody"
    with pytest.raises(Misconfigured, match="Strangers"):
        await Service(settings(), SystemTimepiece()).run()


async def test_a_loop_that_dies_stops_the_process_with_a_failure(outside, settings, monkeypatch):
    broken = asyncio.Event()

    async def dies(*_arguments: object) -> None:
        await broken.wait()
        raise RuntimeError("our own fault")

    monkeypatch.setattr("desk.flow.inbound.work", dies)
    async with running(settings()) as service:
        broken.set()
        await until(lambda: answered(service), "the end of the service")
    assert service.code == 1


async def answered(service: Service) -> bool:
    return not service.health()["loops"].get("inbox", False)


async def test_two_processes_do_not_serve_one_sqlite_database(outside, settings):
    async with running(settings()):
        with pytest.raises(StoreError):
            await Service(settings(), SystemTimepiece()).run()


async def test_a_taken_address_is_named(outside, settings):
    busy = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = busy.sockets[0].getsockname()[1]
    try:
        with pytest.raises(SettingsError, match=f"http.listen: 127.0.0.1:{port}"):
            await Service(settings(DESK_HTTP__LISTEN=f"127.0.0.1:{port}"), SystemTimepiece()).run()
    finally:
        busy.close()
        await busy.wait_closed()


async def test_a_mailbox_that_refuses_us_is_said_in_health_and_does_not_stop_the_rest(outside, settings):
    wrong = "imap://support%40desk.test:wrong@127.0.0.1"
    _, mail = outside
    async with running(settings(DESK_MAILBOXES__0__IMAP_URL=f"{wrong}:{mail.imap_port}/INBOX")) as service:

        async def told() -> str:
            found = json.loads((await get(service, "/healthz"))[1])
            return "" if found["sources"][f"mailbox {SUPPORT}"] == "ok" else found["sources"][f"mailbox {SUPPORT}"]

        sentence = await until(told, "the trouble in /healthz")
        assert "wrong@" not in sentence
        assert json.loads((await get(service, "/healthz"))[1])["status"] == "degraded"
        _, metrics = await get(service, "/metrics")
        assert f'rightsdesk_channel_connected{{source="mailbox {SUPPORT}"}} 0.0' in metrics


async def test_leases_of_a_killed_process_are_taken_over_at_once(outside, settings):
    _, mail = outside
    async with running(settings()):
        await mail.deliver(letter("Withdrawal Statement", "Отзываю согласие.").as_bytes(), SUPPORT, sender=ANNA)
        await until(lambda: Ticket.all().first(), "the ticket")
        await until(quiet, "quiet")
        row = await Outbox.filter(channel="mail").order_by("-id").first()
        assert row is not None
        later = SystemTimepiece()().replace(year=2099)
        await Outbox.filter(id=row.id).update(state=OutboxState.WAITING, lease_until=later, leased_by="a dead process")
    async with running(settings()):
        await until(quiet, "the row of the dead process")


async def test_it_stops_though_the_other_sides_hang_and_forgets_nothing(outside, settings):
    telegram, mail = outside
    async with running(settings()):
        telegram.faults.add("timeout", method="sendMessage")
        telegram.faults.add("timeout", method="createForumTopic")
        await mail.fault("smtp", "timeout")
        await mail.deliver(letter("Withdrawal Statement", "Отзываю согласие.").as_bytes(), SUPPORT, sender=ANNA)
        await until(lambda: Outbox.filter(channel="mail", lease_until__isnull=False).exists(), "a letter on its way")
        await until(lambda: Outbox.filter(channel="staff", lease_until__isnull=False).exists(), "a topic being made")
    telegram.faults.lift()
    await mail.lift_faults()
    async with running(settings()):
        await mail.wait_for(ANNA)
        await until(quiet, "quiet")
        assert await Ticket.all().count() == 1
        assert await Ticket.filter(topic_id__isnull=False).count() == 1
    assert len(mail.messages(ANNA)) == 1


async def test_no_log_line_tells_who_anybody_is_or_what_they_wrote(outside, settings, monkeypatch):
    telegram, mail = outside
    stream = io.StringIO()
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ["", *logs.PINNED]}
    monkeypatch.setattr(root, "handlers", [])
    logs.set_up(stream=stream, console=False, level="DEBUG")
    try:
        async with running(settings()) as service:
            person = telegram.world.add_person("Secretov", last_name="Hush-hush", language_code="ru")
            telegram.people.say(person, "Меня зовут Секретова, карта 4111-1111, телефон +7 999 123-45-67")
            await mail.deliver(letter("Секретова: Withdrawal", "hush-hush 4111-1111").as_bytes(), SUPPORT, sender=ANNA)
            await mail.deliver(b"From: \xff\xfe secretova <broken\r\n\r\nhush-hush", SUPPORT, sender=ANNA)
            await until(lambda: at_least_tickets(2), "the tickets")
            await until(quiet, "quiet")
            # Failures on the way are told as well, and without the words that the other side put into them.
            await mail.fault("smtp", "reject", times=1, address=ANNA, answer=f"550 5.1.1 <{ANNA}> is unknown here")
            telegram.faults.add(
                "refuse", method="sendMessage", times=1, description=f"Bad Request: {ANNA} 4111-1111-1111-1111 +7 999 123-45-67"
            )
            await mail.deliver(letter("Ещё раз", "Отзываю согласие, Секретова").as_bytes(), SUPPORT, sender="other@people.test")
            telegram.people.say(person, "И ещё: hush-hush")
            monkeypatch.setattr("mail.door.MailDoor._read", explode)
            await mail.deliver(letter("Третье", "4111-1111").as_bytes(), SUPPORT, sender=ANNA)
            await until(lambda: Inbound.filter(channel="mail", attempts__gte=2).exists(), "a letter that fails by our fault")
            code, health = await get(service, "/healthz")
            assert code == 200
    finally:
        structlog.reset_defaults()
        logging.captureWarnings(capture=False)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    text = stream.getvalue()
    assert "inbound taken" in text
    assert "inbound failed by a fault of ours" in text
    for mark in MARKS:
        assert mark not in text
        assert mark not in health


def explode(*_arguments: object) -> None:
    raise ValueError(f"I cannot read {MARKS} of {ANNA}")


async def at_least_tickets(count: int) -> bool:
    return await Ticket.all().count() >= count
