"""The doctor looks at a real desk: all well, then each thing broken in turn, and only that is found."""

import asyncio
import json
import os
import sqlite3
import ssl
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from app.checks import database, examining, storage
from app.checks.results import Report, Verdict
from app.commands import doctor
from desk.vault import Vault
from models import Inbound, InboundState, Outbox
from models.store.connect import opened
from sandbox.telegram import TelegramServer
from tests.app.doctoring import Ground, findings, one
from tests.databases import Templates
from tests.servers.base import free_port
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.fixtures import ANNA, BORIS, CLAIMS, DESK
from tests.servers.mta import Mta

ROOT = Path(__file__).resolve().parents[2]
LETTER = b"From: %b\r\nTo: desk@operator.test\r\nSubject: Hello\r\nMessage-ID: <%b@x.test>\r\n\r\nHello\r\n"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    server = TelegramServer()
    await server.start()
    yield server
    await server.stop()
    assert server.violations == []


@pytest.fixture
async def sqlite_url(tmp_path: Path, templates: Templates) -> str:
    file = tmp_path / "desk.sqlite3"
    file.write_bytes((await templates.sqlite()).read_bytes())
    file.chmod(0o600)
    return f"sqlite://{file}"


@pytest.fixture
def ground(tmp_path: Path, telegram: TelegramServer, dovecot: Dovecot, mta: Mta, sqlite_url: str) -> Ground:
    return Ground.prepare(tmp_path, telegram, dovecot, mta, sqlite_url)


@pytest.fixture
async def alone(tmp_path: Path, telegram: TelegramServer, dovecot_server: Dovecot, mta_server: Mta, sqlite_url: str) -> Ground:
    """The same desk without mailboxes, for what has nothing to do with mail."""
    ground = Ground.prepare(tmp_path, telegram, dovecot_server, mta_server, sqlite_url)
    ground.env = {name: value for name, value in ground.env.items() if "MAILBOXES" not in name}
    return ground


# -- all well


async def test_a_desk_in_order_has_no_findings(ground: Ground) -> None:
    results = await ground.look()
    assert findings(results) == {}, [r.said("en") for r in results if r.verdict != Verdict.FINE]
    fine = {r.key for r in results if r.verdict is Verdict.FINE}
    assert fine >= {
        *("settings.values", "operator.file", "storage.folder", "storage.room", "storage.key"),
        *("database.open", "database.tables", "database.safety", "database.writable", "database.parked", "database.waiting"),
        *("law.calendar", "law.rules", "clock.offset"),
        *("telegram.token", "telegram.group", "telegram.forum", "telegram.rights", "telegram.privacy", "telegram.updates"),
        *("mailbox.reach", "mailbox.tls", "mailbox.login", "mailbox.folder", "mailbox.extensions", "mailbox.waiting"),
        *("smtp.reach", "smtp.tls", "smtp.login", "smtp.sender", "smtp.size"),
    }


async def test_what_is_found_is_named(ground: Ground) -> None:
    results = await ground.look()
    assert "@rights_desk_bot" in one(results, "telegram.token").said("en")[0]
    assert "Desk" in one(results, "telegram.group").said("en")[0]
    assert "IDLE, MOVE, UIDPLUS" in one(results, "mailbox.extensions").said("en")[0]
    assert "25.0 MiB" in one(results, "smtp.size").said("en")[0]


async def test_looking_changes_nothing_and_disturbs_nobody(ground: Ground) -> None:
    ground.dovecot.deliver(LETTER % (ANNA.encode(), b"1"), DESK)
    telegram = ground.telegram
    telegram.people.say(telegram.world.add_person("Anna"), "Hello")
    waiting = len(telegram.world.queues[telegram.world.bot.id].waiting)
    await ground.look()
    assert {call.method for call in telegram.calls} == {"getMe", "getChat", "getChatMember", "getWebhookInfo"}
    assert len(telegram.world.queues[telegram.world.bot.id].waiting) == waiting
    assert len(ground.dovecot.messages(DESK)) == 1
    with ground.dovecot.session(DESK) as imap:
        imap.select("INBOX", readonly=True)
        assert imap.uid("SEARCH", "UNSEEN")[1] == [b"1"]
    assert ground.mta.waiting() == 0


async def test_the_command_answers_in_json_with_exit_code_zero(ground: Ground) -> None:
    code, out, err = await command(ground, "doctor", "--json")
    answer = json.loads(out)
    assert (code, err, answer["verdict"], answer["counts"]["problem"]) == (0, "", "fine", 0)
    assert set(answer["checks"][0]) == {"key", "about", "verdict", "found", "do"}


async def test_the_command_prints_findings_in_the_readers_language_with_exit_code_one(alone: Ground) -> None:
    alone.telegram.people.set_forum(alone.group, on=False)
    code, out, _ = await command(alone, "doctor", LANG="ru_RU.UTF-8")
    assert code == 1
    assert "! В группе «Desk» нет тем." in out
    assert "→ Включите" in out
    code, out, _ = await command(alone, "doctor", LANG="en_US.UTF-8")
    assert "! The group “Desk” has no topics." in out


async def command(ground: Ground, *words: str, **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "app", *words),
        cwd=ground.folder,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"} | ground.env | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_it_never_imports_aiogram(alone: Ground) -> None:
    script = "import sys; from app.cli import main; code = main(['doctor']); sys.exit('aiogram' in sys.modules and 7)"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", script),
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]} | alone.env,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


# -- settings and operator


async def test_every_problem_of_the_settings_is_told_at_once_and_the_other_checks_go_on(alone: Ground) -> None:
    alone.env |= {"DESK_HTTP__LISTEN": "here", "DESK_TELEGRAM__TOKN": "x"}
    results = await alone.look()
    told = [r.said("en")[0] for r in results if r.key == "settings.values"]
    assert [sentence.split(" ")[0].rstrip(":") for sentence in told] == ["DESK_HTTP__LISTEN", "DESK_TELEGRAM__TOKN"]
    assert "the nearest is DESK_TELEGRAM__TOKEN" in told[1]
    assert one(results, "telegram.rights").verdict is Verdict.FINE
    assert one(results, "database.tables").verdict is Verdict.FINE


async def test_a_settings_file_with_secrets_that_others_can_read_is_a_problem(alone: Ground) -> None:
    file = Path(alone.env["DESK_CONFIG"])
    file.chmod(0o644)
    assert findings(await alone.look()) == {}
    file.write_text(file.read_text() + '[database]\nurl = "postgres://u:p@h/n"\n')
    assert findings(await alone.look()) == {"settings.file": "problem"}


@pytest.mark.parametrize(
    ("removed", "keys"),
    [
        ("address =", {"operator.file", "operator.processors"}),
        ("policy_url =", {"operator.file"}),
        ("managers =", {"operator.managers"}),
        ("[[processors]]", {"operator.processors"}),
        ("email =", {"operator.processors"}),
        ("[[systems]]", {"operator.systems"}),
        ("data_categories =", {"operator.systems", "operator.processors"}),
    ],
)
async def test_an_incomplete_operator_file_is_a_warning(alone: Ground, removed: str, keys: set[str]) -> None:
    file = Path(alone.env["DESK_CONFIG"])
    kept, skipping = [], False
    for line in file.read_text(encoding="utf-8").splitlines():
        skipping = (skipping and not line.startswith("[")) or (removed.startswith("[[") and line == removed)
        if not skipping and not line.startswith(removed):
            kept.append(line)
    file.write_text("\n".join(kept), encoding="utf-8")
    assert findings(await alone.look()) == dict.fromkeys(keys, "warning")


# -- disk and key


async def test_a_key_that_others_can_read_is_a_problem(alone: Ground) -> None:
    (alone.storage / "master.key").chmod(0o640)
    assert findings(await alone.look()) == {"storage.key": "problem"}


async def test_a_damaged_key_is_a_problem(alone: Ground) -> None:
    (alone.storage / "master.key").write_text("v1 nothing\n")
    assert findings(await alone.look()) == {"storage.key": "problem"}


async def test_a_missing_key_is_a_problem_only_when_something_hangs_on_it(alone: Ground) -> None:
    key = alone.storage / "master.key"
    vault = Vault.open(key, alone.storage / "vault")
    key.rename(alone.storage / "elsewhere")
    assert findings(await alone.look()) == {}
    vault.write(b"a file")
    assert findings(await alone.look()) == {"storage.key": "problem"}
    assert not key.exists()


async def test_a_storage_directory_that_cannot_be_written_is_a_problem_also_when_root_looks(alone: Ground) -> None:
    alone.storage.chmod(0o500)
    assert findings(await alone.look()) == {"storage.folder": "problem"}
    alone.storage.chmod(0o700)


async def test_a_storage_directory_that_is_a_file_is_a_problem(alone: Ground) -> None:
    file = alone.folder / "file"
    file.touch()
    alone.env["DESK_STORAGE__DIR"] = str(file)
    alone.env["DESK_STORAGE__KEY_FILE"] = str(alone.storage / "master.key")
    assert findings(await alone.look()) == {"storage.folder": "problem"}
    alone.env["DESK_STORAGE__DIR"] = str(file / "below")
    assert findings(await alone.look()) == {"storage.folder": "problem"}


async def test_a_storage_directory_open_to_others_is_a_warning(alone: Ground) -> None:
    alone.storage.chmod(0o755)
    assert findings(await alone.look()) == {"storage.folder": "warning"}


@pytest.mark.parametrize(("free", "verdict"), [(10 * 1024**2, "problem"), (1024**3, "warning")])
async def test_a_disk_that_becomes_full_is_told(alone: Ground, monkeypatch, free: int, verdict: str) -> None:
    usage = storage.shutil.disk_usage("/")
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _path: usage._replace(free=free))
    assert findings(await alone.look()) == {"storage.room": verdict}


# -- database


async def test_tables_that_are_not_up_to_date_are_a_warning(alone: Ground, nowhere_url: str) -> None:
    if nowhere_url.startswith("sqlite"):
        sqlite3.connect(nowhere_url.removeprefix("sqlite://")).close()
        Path(nowhere_url.removeprefix("sqlite://")).touch()
    alone.env["DESK_DATABASE__URL"] = nowhere_url
    assert findings(await alone.look()) == {"database.tables": "warning"}


async def test_tables_of_a_newer_version_are_a_problem(alone: Ground, sqlite_url: str) -> None:
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite://"))
    with connection:
        connection.execute(
            "UPDATE tortoise_migrations SET name = '9999_future' WHERE id = (SELECT MAX(id) FROM tortoise_migrations)"
        )
    connection.close()
    assert findings(await alone.look()) == {"database.tables": "problem"}


async def test_a_database_that_does_not_answer_is_a_problem(alone: Ground) -> None:
    alone.env["DESK_DATABASE__URL"] = f"postgres://desk:{PASSWORD.replace(' ', '-')}@127.0.0.1:{free_port()}/desk"
    results = await alone.look()
    assert findings(results) == {"database.open": "problem"}
    assert PASSWORD.replace(" ", "-") not in repr(results)


async def test_a_file_that_is_no_database_is_a_problem(alone: Ground) -> None:
    file = alone.folder / "other.sqlite3"
    file.write_bytes(b"this is not a database, however long it may be" * 100)
    alone.env["DESK_DATABASE__URL"] = f"sqlite://{file}"
    assert findings(await alone.look()) == {"database.open": "problem"}


async def test_a_database_that_is_not_there_yet_is_fine_and_not_made(alone: Ground) -> None:
    alone.env["DESK_DATABASE__URL"] = f"sqlite://{alone.folder / 'new.sqlite3'}"
    assert findings(await alone.look()) == {}
    assert not (alone.folder / "new.sqlite3").exists()


async def test_a_database_file_that_cannot_be_written_is_a_problem(alone: Ground, sqlite_url: str) -> None:
    Path(sqlite_url.removeprefix("sqlite://")).chmod(0o400)
    assert findings(await alone.look()) == {"database.writable": "problem"}


@pytest.mark.postgres
async def test_a_server_that_does_not_wait_for_the_disk_is_a_problem(alone: Ground, postgres, templates: Templates) -> None:
    # The tests' own server is such a one.
    alone.env["DESK_DATABASE__URL"] = url = await postgres.create_database(await templates.postgres(postgres))
    results = await alone.look()
    await postgres.drop_database(url)
    assert findings(results) == {"database.safety": "problem"}
    assert "fsync" in one(results, "database.safety").said("en")[0]


@pytest.mark.postgres
async def test_a_database_user_who_may_only_read_is_a_problem(alone: Ground, postgres, templates: Templates) -> None:
    url = await postgres.create_database(await templates.postgres(postgres))
    name = url.rpartition("/")[2]
    await postgres.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    alone.env["DESK_DATABASE__URL"] = url
    results = await alone.look()
    await postgres.drop_database(url)
    assert one(results, "database.writable").verdict is Verdict.PROBLEM


async def test_parked_and_overdue_rows_are_told(alone: Ground, sqlite_url: str) -> None:
    now = datetime.now(UTC)
    shape = {"channel": "mail", "source": "mail:a:b:1", "received_at": now, "stored_at": now, "size": 0}
    async with opened(sqlite_url):
        await Inbound.create(**shape, conversation="a", position=1, next_try_at=now, state=InboundState.PARKED)
        await Outbox.create(
            channel="mail", errand="reply", conversation="a", unique_key="a", content={}, created_at=now, next_try_at=now
        )
    assert findings(await alone.look()) == {"database.parked": "warning"}
    later = await alone.look(timepiece=lambda: datetime.now(UTC) + database.STUCK + timedelta(minutes=1))
    assert findings(later)["database.waiting"] == "warning"


# -- law


@pytest.mark.parametrize(("today", "verdict"), [("2027-09-30", "fine"), ("2027-10-01", "warning"), ("2028-01-01", "problem")])
async def test_a_calendar_that_lacks_a_year_is_told_in_time(alone: Ground, today: str, verdict: str) -> None:
    results = await alone.look(timepiece=lambda: datetime.fromisoformat(f"{today}T12:00+00:00"))
    assert one(results, "law.calendar").verdict == verdict


async def test_the_doctor_says_what_the_settings_of_reminders_come_to(alone: Ground) -> None:
    alone.env |= {"DESK_LAW__REMINDER_LEVELS": "wd2,wd10", "DESK_LAW__QUIET_HOURS": "17:00-10:30"}
    said = one(await alone.look(), "law.reminders").said("en")[0]
    assert said == "Reminders of a term in days: opened, wd10, wd2, safe_morning, due, overdue; on working days, 10:30–17:00."


async def test_rules_that_are_not_in_order_are_told(alone: Ground, monkeypatch) -> None:
    monkeypatch.setattr("desk.law.check_rules", lambda: ["A rule has no case."])
    assert findings(await alone.look()) == {"law.rules": "problem"}


# -- Telegram


@pytest.mark.parametrize("token", ["1000000001:wrong", "5:never-seen"])
async def test_a_wrong_token_is_a_problem(alone: Ground, token: str) -> None:
    alone.env["DESK_TELEGRAM__TOKEN"] = token
    results = await alone.look()
    assert findings(results) == {"telegram.token": "problem"}
    assert "@BotFather" in one(results, "telegram.token").said("en")[1]


async def test_a_group_that_is_not_found_is_a_problem(alone: Ground) -> None:
    alone.env["DESK_TELEGRAM__STAFF_CHAT"] = "-1009999999999"
    assert findings(await alone.look()) == {"telegram.group": "problem"}


async def test_a_person_instead_of_a_group_is_a_problem(alone: Ground) -> None:
    anna = alone.telegram.world.add_person("Anna")
    alone.telegram.people.start(anna)
    alone.env["DESK_TELEGRAM__STAFF_CHAT"] = str(anna.id)
    assert findings(await alone.look()) == {"telegram.group": "problem"}


@pytest.mark.parametrize("kicked", [True, False])
async def test_a_bot_that_was_removed_is_a_problem(alone: Ground, kicked: bool) -> None:
    alone.telegram.people.remove_bot(alone.group, kicked=kicked)
    assert findings(await alone.look()) == {"telegram.group": "problem"}


async def test_a_group_that_became_a_supergroup_is_a_problem_that_names_the_new_id(alone: Ground) -> None:
    world = alone.telegram.world
    old = world.add_group("Old", kind="group", owner=world.add_person("Boris"))
    new = alone.telegram.people.upgrade(old)
    alone.env["DESK_TELEGRAM__STAFF_CHAT"] = str(old.id)
    results = await alone.look()
    assert findings(results) == {"telegram.group": "problem"}
    assert str(new.id) in one(results, "telegram.group").said("en")[1]


async def test_a_group_without_topics_is_a_warning(alone: Ground) -> None:
    alone.telegram.people.set_forum(alone.group, on=False)
    assert findings(await alone.look()) == {"telegram.forum": "warning"}


async def test_a_bot_that_is_no_administrator_is_a_problem_and_privacy_mode_another(alone: Ground) -> None:
    alone.telegram.people.set_bot_rights(alone.group, [])
    assert findings(await alone.look()) == {"telegram.rights": "problem", "telegram.privacy": "problem"}
    alone.telegram.people.set_privacy_mode(on=False)
    assert findings(await alone.look()) == {"telegram.rights": "problem"}


@pytest.mark.parametrize(
    ("missing", "verdict"),
    [("can_manage_topics", "problem"), ("can_pin_messages", "problem"), ("can_delete_messages", "warning")],
)
async def test_each_right_that_is_missing_is_told(alone: Ground, missing: str, verdict: str) -> None:
    rights = {"can_manage_chat", "can_manage_topics", "can_pin_messages", "can_delete_messages"} - {missing}
    alone.telegram.people.set_bot_rights(alone.group, rights)
    assert findings(await alone.look()) == {"telegram.rights": verdict}


async def test_a_webhook_where_the_settings_say_polling_is_a_problem(alone: Ground) -> None:
    alone.telegram.world.bot.webhook = {"url": "https://other.test/secret-path", "max_connections": 40}
    results = await alone.look()
    assert findings(results) == {"telegram.updates": "problem"}
    assert "other.test" in one(results, "telegram.updates").said("en")[0]
    assert "secret-path" not in json.dumps([r.said("en") for r in results])


async def test_a_webhook_that_is_not_ours_is_a_warning_and_ours_is_fine(alone: Ground) -> None:
    alone.env |= {"DESK_TELEGRAM__WEBHOOK_URL": "https://desk.test/hook", "DESK_TELEGRAM__WEBHOOK_SECRET": "s3"}
    assert findings(await alone.look()) == {"telegram.updates": "warning"}
    alone.telegram.world.bot.webhook = {"url": "https://other.test/x", "max_connections": 40}
    assert findings(await alone.look()) == {"telegram.updates": "warning"}
    alone.telegram.world.bot.webhook = {"url": "https://desk.test/hook", "max_connections": 40}
    assert findings(await alone.look()) == {}
    failure = {"last_error_date": int(datetime.now(UTC).timestamp()), "last_error_message": "Connection refused"}
    alone.telegram.world.bot.webhook |= failure
    results = await alone.look()
    assert findings(results) == {"telegram.updates": "problem"}
    assert "Connection refused" in one(results, "telegram.updates").said("en")[0]


@pytest.mark.parametrize("kind", ["error", "cut", "timeout", "flood"])
async def test_a_telegram_that_cannot_be_reached_is_a_problem(alone: Ground, kind: str) -> None:
    alone.telegram.faults.add(kind)
    assert findings(await alone.look(seconds=1)) == {"telegram.token": "problem"}


async def test_a_proxy_that_cannot_be_reached_is_a_problem(alone: Ground) -> None:
    alone.env["DESK_TELEGRAM__PROXY"] = f"socks5://user:hush-hush@127.0.0.1:{free_port()}"
    results = await alone.look()
    assert findings(results) == {"telegram.proxy": "problem", "telegram.token": "problem"}
    assert "hush-hush" not in json.dumps([r.said("en") for r in results])


async def test_a_proxy_of_the_environment_is_said_not_to_be_used(alone: Ground) -> None:
    alone.env["HTTPS_PROXY"] = "http://proxy.test:3128"
    assert one(await alone.look(), "telegram.proxy").verdict is Verdict.SKIPPED


# -- mail


def with_imap(ground: Ground, url: str) -> None:
    ground.env["DESK_MAILBOXES__0__IMAP_URL"] = url


def with_smtp(ground: Ground, url: str) -> None:
    ground.env["DESK_MAILBOXES__0__SMTP_URL"] = url


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
async def test_a_wrong_imap_password_is_a_problem(ground: Ground, security: str) -> None:
    with_imap(ground, ground.dovecot.imap_url(DESK, security=security, password="hush-hush"))
    results = await ground.look()
    assert findings(results) == {"mailbox.login": "problem"}
    assert "hush-hush" not in json.dumps([r.said("en") for r in results])
    assert one(results, "mailbox.reach").verdict is Verdict.FINE


async def test_a_folder_that_does_not_exist_is_a_problem(ground: Ground) -> None:
    with_imap(ground, ground.dovecot.imap_url(DESK).replace("/INBOX", "/%D0%97%D0%B0%D1%8F%D0%B2%D0%BA%D0%B8"))
    results = await ground.look()
    assert findings(results) == {"mailbox.folder": "problem"}
    assert "Заявки" in one(results, "mailbox.folder").said("en")[0]


async def test_mail_servers_that_are_down_are_problems_of_their_own(ground: Ground) -> None:
    with_imap(ground, f"imap://u:p@127.0.0.1:{free_port()}")
    with_smtp(ground, f"smtp://u:p@127.0.0.1:{free_port()}")
    results = await ground.look()
    assert findings(results) == {"mailbox.reach": "problem", "smtp.reach": "problem"}
    assert one(results, "telegram.rights").verdict is Verdict.FINE


async def test_mail_servers_that_hang_are_given_up(ground: Ground) -> None:
    ground.dovecot.pause()
    ground.mta.pause()
    results = await ground.look(seconds=1)
    assert findings(results) == {"mailbox.reach": "problem", "smtp.reach": "problem"}


async def test_an_unknown_host_is_told_as_such(ground: Ground) -> None:
    with_imap(ground, "imaps://u:p@mail.invalid/INBOX")
    with_smtp(ground, "smtps://u:p@mail.invalid")
    results = await ground.look()
    assert "not known here" in one(results, "mailbox.reach").said("en")[0]
    assert "not known here" in one(results, "smtp.reach").said("en")[0]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_an_unknown_authority_is_a_problem(ground: Ground, security: str) -> None:
    with_imap(ground, ground.dovecot.imap_url(DESK, security=security).partition("ca_file")[0].rstrip("?&"))
    with_smtp(ground, ground.mta.smtp_url(DESK, security=security).partition("ca_file")[0].rstrip("?&"))
    results = await ground.look()
    assert findings(results) == {"mailbox.reach": "problem", "smtp.reach": "problem"}
    assert "authority" in one(results, "mailbox.reach").said("en")[0]
    assert "authority" in one(results, "smtp.reach").said("en")[0]


@pytest.mark.parametrize(
    ("days", "begins", "verdict", "words"),
    [(1, -3, "problem", "has expired"), (30, 2, "problem", "not valid yet"), (5, 0, "warning", "ends in")],
)
async def test_a_certificate_at_its_end_is_told(ground: Ground, days: int, begins: int, verdict: str, words: str) -> None:
    folder = ground.folder / "certificates"
    folder.mkdir()
    begin = datetime.now(UTC) + timedelta(days=begins, hours=-1)
    async with tls_server(make_certificates(folder, days=days, not_before=begin)) as (port, ca):
        with_imap(ground, f"imaps://desk:secret@127.0.0.1:{port}/INBOX?ca_file={ca}")
        results = await ground.look()
    key = "mailbox.tls" if verdict == "warning" else "mailbox.reach"
    assert words in one(results, key, verdict=verdict).said("en")[0]


async def test_a_certificate_for_another_name_is_a_problem(ground: Ground) -> None:
    folder = ground.folder / "certificates"
    folder.mkdir()
    async with tls_server(make_certificates(folder, names=("other.test",))) as (port, ca):
        with_imap(ground, f"imaps://desk:secret@localhost:{port}/INBOX?ca_file={ca}")
        results = await ground.look()
    assert "not made for the name localhost" in one(results, "mailbox.reach").said("en")[0]


def tls_server(certificates):
    """An IMAP server that greets over TLS and refuses every login."""
    import contextlib

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                tag, _, rest = line.partition(b" ")
                answer = b"OK\r\n" if rest.startswith((b"CAPABILITY", b"LOGOUT")) else b"NO\r\n"
                untagged = b"* CAPABILITY IMAP4rev1\r\n" if rest.startswith(b"CAPABILITY") else b""
                writer.write(untagged + tag + b" " + answer)
        writer.close()

    @contextlib.asynccontextmanager
    async def running():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        try:
            yield server.sockets[0].getsockname()[1], certificates.ca_file
        finally:
            server.close()
            for transport in list(getattr(server, "_clients", ())):
                transport.abort()

    return running()


async def test_plain_text_where_tls_is_expected_is_a_problem(ground: Ground) -> None:
    with_imap(ground, f"imaps://u:p@127.0.0.1:{ground.dovecot.imap_port}/INBOX")
    with_smtp(ground, f"smtps://u:p@127.0.0.1:{ground.mta.submission_port}")
    assert findings(await ground.look(seconds=5)) == {"mailbox.reach": "problem", "smtp.reach": "problem"}


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
async def test_a_wrong_smtp_password_is_a_problem(ground: Ground, security: str) -> None:
    with_smtp(ground, ground.mta.smtp_url(DESK, security=security, password="hush-hush"))
    results = await ground.look()
    assert findings(results) == {"smtp.login": "problem"}
    assert "hush-hush" not in json.dumps([r.said("en") for r in results])


async def test_a_sender_that_the_server_refuses_is_a_problem(ground: Ground) -> None:
    with_smtp(ground, ground.mta.smtp_url(CLAIMS))
    assert findings(await ground.look()) == {"smtp.sender": "problem"}


async def test_a_recipient_that_is_refused_is_told(ground: Ground) -> None:
    ground.mta.refuse(DESK, "550 5.1.1 No such user")
    results = await ground.look()
    assert findings(results) == {"smtp.sender": "problem"}
    assert "550" in one(results, "smtp.sender").said("en")[0]


async def test_a_small_size_limit_is_a_warning(ground: Ground) -> None:
    ground.mta.limit_size(2_000_000)
    assert findings(await ground.look()) == {"smtp.size": "warning"}


async def test_letters_that_nobody_takes_are_a_warning(ground: Ground, sqlite_url: str) -> None:
    old = datetime.now(UTC) - timedelta(hours=1)
    uid = ground.dovecot.append(LETTER % (ANNA.encode(), b"1"), DESK, internaldate=old)
    now = datetime.now(UTC)
    source = f"mail:{DESK}:INBOX:{ground.dovecot.uidvalidity(DESK)}"
    async with opened(sqlite_url):
        shape = {"channel": "mail", "received_at": now, "stored_at": now, "next_try_at": now, "size": 0}
        await Inbound.create(**shape, source=source, position=uid, conversation="a", state=InboundState.DONE)
    assert findings(await ground.look()) == {}
    ground.dovecot.append(LETTER % (ANNA.encode(), b"2"), DESK, internaldate=old)
    results = await ground.look()
    assert findings(results) == {"mailbox.waiting": "warning"}
    assert one(results, "mailbox.waiting").params["waiting"] == 1


async def test_what_our_own_server_thinks_of_our_letters_is_told(ground: Ground) -> None:
    assert one(await ground.look(), "mailbox.spf").verdict is Verdict.SKIPPED
    ground.mta.authenticates("operator.test", "spf=softfail smtp.mailfrom=operator.test; dkim=none")
    ground.mta.send(LETTER % (BORIS.encode(), b"1"), to=DESK, sender=BORIS)
    ground.dovecot.wait_for_messages(DESK)
    results = await ground.look()
    assert findings(results) == {"mailbox.spf": "warning"}
    assert "spf=softfail" in one(results, "mailbox.spf").said("en")[0]


# -- clock, service, independence


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(0, "fine"), (90, "warning"), (-90, "warning"), (600, "problem"), (-600, "problem")]
)
async def test_a_clock_that_is_wrong_is_told_by_telegram_and_by_the_mail_server(
    ground: Ground, seconds: int, verdict: str
) -> None:
    results = await ground.look(timepiece=lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    offsets = [r for r in results if r.key == "clock.offset"]
    assert {r.params["whose"] for r in offsets} == {"Telegram", "127.0.0.1"}
    assert {r.verdict.value for r in offsets} == {verdict}
    words = {1: "ahead", -1: "behind", 0: "agrees"}[(seconds > 0) - (seconds < 0)]
    assert all(words in r.said("en")[0] for r in offsets)


async def test_a_running_service_is_asked_about_conflicts(alone: Ground) -> None:
    state = {"status": "ok", "loops": {"inbox": True}, "sources": {"telegram polling": "ok"}}

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response(state, status=200 if state["status"] == "ok" else 503)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    alone.env["DESK_HTTP__LISTEN"] = f"127.0.0.1:{runner.addresses[0][1]}"
    assert one(await alone.look(), "service.loops").verdict is Verdict.FINE
    state |= {"status": "degraded", "sources": {"telegram polling": "Another program fetches the updates."}}
    assert findings(await alone.look()) == {"service.sources": "problem"}
    state |= {"loops": {"inbox": False}, "sources": {}}
    assert findings(await alone.look()) == {"service.loops": "problem"}
    await runner.cleanup()


async def test_a_check_that_fails_or_hangs_hides_no_other(alone: Ground, monkeypatch) -> None:
    def fail(_subject: object, report: Report) -> None:
        report.fine("law.calendar", "seen before")
        raise RuntimeError("Anna's data")

    async def hang(_subject: object, _report: Report) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(examining.terms, "check_calendar", fail)
    monkeypatch.setattr(examining.telegram, "check_proxy", hang)
    results = await alone.look(seconds=0)
    assert [r.said("en")[0] for r in results if r.key == "law.calendar"] == [
        "seen before",
        "The check itself failed (RuntimeError).",
    ]
    assert findings(results)["telegram.proxy"] == "problem"
    assert one(results, "telegram.rights").verdict is Verdict.FINE


async def test_nothing_it_says_holds_a_secret_or_a_persons_address(ground: Ground, capsys) -> None:
    ground.dovecot.deliver(LETTER % (ANNA.encode(), b"1"), DESK)
    secrets = ["hush-imap", "hush-smtp", "hush-token", "hush-proxy", "hush-hook"]
    with_imap(ground, ground.dovecot.imap_url(DESK, password="hush-imap"))
    with_smtp(ground, ground.mta.smtp_url(DESK, password="hush-smtp"))
    ground.env |= {
        "DESK_TELEGRAM__TOKEN": "1000000001:hush-token",
        "DESK_TELEGRAM__PROXY": f"socks5://u:hush-proxy@127.0.0.1:{free_port()}",
        "DESK_TELEGRAM__WEBHOOK_SECRET": "hush-hook",
        "DESK_DATABASE__URL": f"postgres://u:hush-base@127.0.0.1:{free_port()}/x",
    }
    examined = await examining.examine(ground.env, lambda: datetime.now(UTC))
    for language in ("ru", "en"):
        doctor.show(examined.results, language)
        print(json.dumps(doctor.as_json(examined, language), ensure_ascii=False, default=str))
    said = capsys.readouterr().out + repr(examined.results)
    assert "mailbox.login" in said
    assert not [secret for secret in (*secrets, "hush-base", ANNA, "correct horse") if secret in said]
