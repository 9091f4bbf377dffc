"""The first day: a few questions, each answer tried at once on real servers, and a settings file that loads."""

import asyncio
import os
import stat
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import Finding, Usage, parser
from app.commands.init import Init, given
from app.configuring import Answers, Given, write
from app.settings.declared import Settings, SettingsError, load
from bot.check import CONNECT_BUTTON
from sandbox.telegram import Chat, TelegramServer
from tests.servers.base import free_port
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.fixtures import CLAIMS, DESK
from tests.servers.mta import Mta

ROOT = Path(__file__).resolve().parents[2]


class Script:
    """A person whose answers are written down; an answer may be a deed that gives one."""

    def __init__(self, *answers: str | Callable[[], str]) -> None:
        self._answers = list(answers)
        self.said: list[str] = []
        self.heard: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)
        self.heard.append(text)

    def ask(self, question: str) -> str:
        self.heard.append(question)
        assert self._answers, "Nobody expected the question: " + " | ".join(self.heard[-6:])
        answer = self._answers.pop(0)
        return answer if isinstance(answer, str) else answer()

    ask_secret = ask

    def done(self) -> bool:
        return not self._answers


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    server = TelegramServer()
    await server.start()
    yield server
    await server.stop()
    assert server.violations == []


@pytest.fixture
def group(telegram: TelegramServer) -> Chat:
    clara = telegram.world.add_person("Clara")
    return telegram.world.add_group("Заявки", forum=True, owner=clara)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.toml"


def arguments(file: Path, *words: str) -> Namespace:
    return parser().parse_args(["init", "--to", str(file), *words])


async def talk(file: Path, script: Script, *words: str) -> int:
    return await Init(arguments(file, *words), script, lambda: datetime.now(UTC), {}).run()


def loaded(file: Path) -> Settings:
    return load({"DESK_CONFIG": str(file)}, for_running=True)


def complete(telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta) -> list[str]:
    return [
        *("--language", "en", "--operator-name", 'ООО «Ветер & "Ко"»'),
        *("--token", telegram.token, "--api-url", telegram.url, "--staff-chat", str(group.id)),
        *(
            "--mailbox",
            DESK,
            "--imap-url",
            dovecot.imap_url(DESK, security="tls"),
            "--smtp-url",
            mta.smtp_url(DESK, security="tls"),
        ),
        "--yes",
    ]


# -- from arguments


async def test_arguments_alone_make_a_file_that_loads_and_only_its_owner_reads(
    file: Path, telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta
) -> None:
    script = Script()
    assert await talk(file, script, *complete(telegram, group, dovecot, mta)) == 0
    settings = loaded(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert settings.telegram.token.reveal() == telegram.token
    assert settings.telegram.staff_chat == group.id
    assert settings.operator.name == 'ООО «Ветер & "Ко"»'
    assert settings.operator.languages == ("en", "ru")
    assert settings.mailboxes[0].imap_url.reveal() == dovecot.imap_url(DESK, security="tls")
    assert any("rights_desk_bot" in line for line in script.said)
    assert not any(PASSWORD in line or "correct%20horse" in line or telegram.token in line for line in script.heard)


async def test_the_command_works_from_a_shell(
    file: Path, telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "app", "init", "--to", str(file), *complete(telegram, group, dovecot, mta)),
        cwd=file.parent,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"rightsdesk doctor" in out
    assert loaded(file).mailboxes[0].address == DESK


async def test_secrets_go_into_files_of_their_own(
    file: Path, telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta
) -> None:
    folder = file.parent / "secrets"
    await talk(file, Script(), *complete(telegram, group, dovecot, mta), "--secrets-dir", str(folder))
    assert telegram.token not in file.read_text()
    assert "correct%20horse" not in file.read_text()
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert loaded(file).telegram.token.reveal() == telegram.token
    assert loaded(file).mailboxes[0].smtp_url.reveal() == mta.smtp_url(DESK, security="tls")


async def test_a_secret_that_is_in_a_file_stays_there(file: Path, telegram: TelegramServer, group: Chat) -> None:
    secret = file.parent / "token"
    secret.write_text(telegram.token + "\n")
    words = ["--token", f"@{secret}", "--api-url", telegram.url, "--staff-chat", str(group.id), "--yes"]
    await talk(file, Script(), *words)
    assert f'token_file = "{secret}"' in file.read_text()
    assert loaded(file).telegram.token.reveal() == telegram.token


async def test_a_file_that_is_there_is_kept_unless_forced(file: Path, telegram: TelegramServer, group: Chat) -> None:
    file.write_text("# mine\n")
    words = ["--token", telegram.token, "--api-url", telegram.url, "--staff-chat", str(group.id), "--yes"]
    with pytest.raises(Finding, match="--force"):
        await talk(file, Script(), *words)
    assert file.read_text() == "# mine\n"
    await talk(file, Script(), *words, "--force")
    assert loaded(file).telegram.staff_chat == group.id
    assert (file.parent / "desk.toml.old").read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--token": "1000000001:wrong"}, "token"),
        ({"--staff-chat": "-1001"}, "group"),
        ({"--imap-url": f"imap://u:p@127.0.0.1:{free_port()}"}, "reached"),
        ({"--smtp-url": "smtps://u:p@mail.example/path"}, "has no path"),
    ],
)
async def test_an_argument_that_does_not_work_ends_it_with_a_sentence_and_no_file(
    file: Path, telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta, changed: dict[str, str], words: str
) -> None:
    given_words = complete(telegram, group, dovecot, mta)
    for name, value in changed.items():
        given_words[given_words.index(name) + 1] = value
    with pytest.raises(Finding, match=words) as caught:
        await talk(file, Script(), *given_words)
    assert "wrong" not in str(caught.value).replace("is wrong", "")
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("missing", ["--token", "--staff-chat", "--imap-url", "--smtp-url"])
async def test_with_yes_a_missing_argument_is_wrong_usage(
    file: Path, telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta, missing: str
) -> None:
    words = complete(telegram, group, dovecot, mta)
    at = words.index(missing)
    with pytest.raises(Usage, match=missing):
        await talk(file, Script(), *words[:at], *words[at + 2 :])


def test_a_secret_file_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="cannot be read"):
        given(f"@{tmp_path / 'none'}")


# -- as a conversation


async def test_a_conversation_tries_each_answer_and_asks_again(
    file: Path, telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta
) -> None:
    telegram.people.set_bot_rights(group, ["can_manage_topics", "can_delete_messages"])

    def give_the_right() -> str:
        telegram.people.set_bot_rights(group, None)
        return "y"

    script = Script(
        *("en", "Operator"),
        *("1:wrong", "y", telegram.token),
        *(give_the_right,),
        *(DESK, dovecot.imap_url(DESK, password="mistyped"), "", dovecot.imap_url(DESK)),
        *(mta.smtp_url(CLAIMS), "y", mta.smtp_url(DESK)),
    )
    await talk(file, script, "--api-url", telegram.url, "--staff-chat", str(group.id))
    assert script.done()
    heard = "\n".join(script.heard)
    assert "Telegram does not accept the bot token." in heard
    assert "lacks the right to pin messages" in heard
    assert "refuses the login" in heard
    assert "does not let us send as this address" in heard
    assert not any(secret in heard for secret in ("mistyped", telegram.token, "1:wrong"))
    settings = loaded(file)
    assert settings.mailboxes[0].smtp_url.reveal() == mta.smtp_url(DESK)


async def test_of_an_old_mailbox_it_is_asked_from_when_on_letters_are_taken(
    file: Path, telegram: TelegramServer, group: Chat, dovecot: Dovecot, mta: Mta
) -> None:
    dovecot.append(b"From: <anna@people.test>\r\nSubject: old\r\n\r\nI withdraw.\r\n", DESK)
    script = Script(
        *("en", "Operator", telegram.token),
        *(DESK, dovecot.imap_url(DESK), mta.smtp_url(DESK)),
        *("last month", "2026-11-01"),
    )
    await talk(file, script, "--api-url", telegram.url, "--staff-chat", str(group.id))
    assert script.done()
    assert "1 letters lie in the mailbox already." in script.heard
    assert loaded(file).mailboxes[0].since == "2026-11-01"


async def test_a_server_is_asked_for_part_by_part_and_its_password_may_hold_anything(
    file: Path, telegram: TelegramServer, group: Chat
) -> None:
    script = Script(
        *("ru", "Оператор", "desk@yandex.ru"),
        *("127.0.0.1", "", "p@ss:/ %?", "n"),
        *("127.0.0.1", "", "", "n"),
    )
    await talk(file, script, "--token", telegram.token, "--api-url", telegram.url, "--staff-chat", str(group.id))
    assert script.done()
    assert any("[imap.yandex.ru]" in line for line in script.heard)
    assert any("[smtp.yandex.ru]" in line for line in script.heard)
    assert any("[desk@yandex.ru]" in line for line in script.heard)
    settings = loaded(file)
    from mail.urls import parse_imap, parse_smtp

    imap = parse_imap(settings.mailboxes[0].imap_url.reveal())
    assert (imap.user, imap.password, imap.folder) == ("desk@yandex.ru", "p@ss:/ %?", "INBOX")
    assert parse_smtp(settings.mailboxes[0].smtp_url.reveal()).password == "p@ss:/ %?"
    assert "# " + "подпись писем" in file.read_text(encoding="utf-8")


async def test_whoever_presses_the_button_in_the_group_connects_it_and_is_a_manager(file: Path, telegram: TelegramServer) -> None:
    clara = telegram.world.add_person("Clara")
    group = telegram.world.add_group("Заявки", forum=True, owner=clara, bot=None)
    script = Script("ru", "Оператор", "")

    async def clara_connects() -> None:
        telegram.people.add_bot(group, rights=None, person=clara)
        async with asyncio.timeout(20):
            while not (shown := [one for one in group.messages.values() if one.markup]):
                await telegram_said_something(telegram)
        press = telegram.people.tap(clara, shown[0], CONNECT_BUTTON, chat=group)
        assert await press.answered()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(clara_connects())
        await talk(file, script, "--token", telegram.token, "--api-url", telegram.url)
    settings = loaded(file)
    assert settings.telegram.staff_chat == group.id
    assert settings.staff.managers == (clara.id,)
    # Everything waits for the service as if nobody had looked.
    assert len(telegram.world.queues[telegram.world.bot.id].waiting) >= 2


async def telegram_said_something(telegram: TelegramServer) -> None:
    async for _event in telegram.world.events.follow(None):
        return


async def test_writing_anything_in_the_group_finds_it_too(file: Path, telegram: TelegramServer, group: Chat) -> None:
    clara = next(iter(telegram.world.people.values()))
    telegram.people.say(clara, "Hello", chat=group)
    script = Script("en", "Operator", "y", "")
    await talk(file, script, "--token", telegram.token, "--api-url", telegram.url)
    assert script.done()
    assert any("Is “Заявки” the staff group?" in line for line in script.heard)
    assert loaded(file).telegram.staff_chat == group.id


async def test_where_another_program_takes_the_updates_the_id_is_typed(file: Path, telegram: TelegramServer, group: Chat) -> None:
    telegram.world.bot.webhook = {"url": "https://other.test/x", "max_connections": 40}
    script = Script("en", "Operator", "staff", str(group.id), "")
    await talk(file, script, "--token", telegram.token, "--api-url", telegram.url)
    assert any("A webhook to other.test is set" in line for line in script.heard)
    assert loaded(file).telegram.staff_chat == group.id
    assert "getUpdates" not in {call.method for call in telegram.calls}


# -- the file


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_file_of_few_answers_loads_with_every_comment_taken_away(file: Path, language: str) -> None:
    write(Answers(language=language, token=Given("1:a"), staff_chat=-1001), file)
    assert loaded(file).operator.languages[0] == language
    lines = file.read_text(encoding="utf-8").splitlines()
    shown = [line.removeprefix("# ") for line in lines if not line.startswith("# ") or "=" in line or line.startswith("# [")]
    examples = [line for line in shown if line.startswith("[") or " = " in line]
    names = {line.partition(" ")[0].strip("[]") for line in examples}
    assert {"processors", "systems", "storage", "database", "mailboxes", "time_zone", "alert_email"} <= names


def test_words_that_toml_would_take_for_something_else_come_back_as_they_were(file: Path) -> None:
    name = 'a"b\\c\td\x7fe # ]\u2028 «й»'
    write(Answers(operator_name=name, token=Given("1:a"), staff_chat=-1001), file)
    assert loaded(file).operator.name == name


def test_answers_that_make_no_settings_leave_no_file(file: Path) -> None:
    with pytest.raises(SettingsError):
        write(Answers(token=Given("no token"), staff_chat=-1001), file)
    assert list(file.parent.iterdir()) == []
