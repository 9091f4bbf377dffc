"""`rightsdesk init`: asks the few questions, tries each answer at once, and writes a commented settings file."""

import asyncio
import getpass
import os
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from app.checks import mailboxes, telegram
from app.checks.results import N_, Report, Verdict
from app.cli import FINE, Finding, Usage
from app.configuring import Answers, Given, write
from app.settings.allowed import wrong_since
from app.settings.declared import DEFAULT_FILE
from app.speech import said
from app.timepiece import SystemTimepiece
from desk.i18n import words
from desk.timepiece import Timepiece

GROUP_SECONDS: Final = 300.0
"""How long to wait for somebody to show us the staff group."""
TRY_SECONDS: Final = 20.0
_HOSTS: Final = {
    **dict.fromkeys(("yandex.ru", "ya.ru", "yandex.com"), ("imap.yandex.ru", "smtp.yandex.ru")),
    **dict.fromkeys(("mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru"), ("imap.mail.ru", "smtp.mail.ru")),
    **dict.fromkeys(("gmail.com", "googlemail.com"), ("imap.gmail.com", "smtp.gmail.com")),
}
"""Where well-known providers read and take mail; others are asked for with a guess."""


class Terminal:
    """Who is asked: the person at the terminal."""

    def say(self, text: str) -> None:
        """Tell something."""
        print(text)

    def ask(self, question: str) -> str:
        """One line of answer. Raises Usage when nobody is there any more."""
        return self._answered(input, question)

    def ask_secret(self, question: str) -> str:
        """One line that is not shown while it is typed."""
        return self._answered(getpass.getpass, question)

    @staticmethod
    def _answered(read: Callable[[str], str], question: str) -> str:
        try:
            return read(question + " ").strip()
        except EOFError:
            raise Usage(said("There is nobody to ask; give every answer by an argument and --yes.")) from None


def init(args: Namespace) -> int:
    """The command."""
    return asyncio.run(Init(args, Terminal(), SystemTimepiece(), os.environ).run())


class Init:
    """One conversation. With `--yes` nothing is asked, and the first answer that does not work ends it."""

    def __init__(self, args: Namespace, terminal: Terminal, timepiece: Timepiece, environment: Mapping[str, str]) -> None:
        self._args, self._terminal, self._timepiece = args, terminal, timepiece
        self._file = Path(args.to or environment.get("DESK_CONFIG", "") or DEFAULT_FILE)
        self._asks = not args.yes
        self._answers = Answers()
        self._password = ""
        self._lying = 0
        self._user = ""

    async def run(self) -> int:
        """Ask, try, write. Raises Usage and Finding."""
        if self._file.exists() and not self._args.force:
            raise Finding(
                said("%(file)s is there already: look at it with rightsdesk doctor, or replace it with --force.", file=self._file)
            )
        answers = self._answers
        answers.language = self._ask_language()
        answers.operator_name = self._args.operator_name or self._maybe(N_("Who answers for the data, as letters sign it?"))
        answers.api_url = self._args.api_url or ""
        answers.proxy = given(self._args.proxy)
        answers.managers = list(self._args.manager or ())
        await self._ask_token()
        await self._ask_group()
        await self._ask_mailbox()
        try:
            write(answers, self._file, secrets=Path(self._args.secrets_dir) if self._args.secrets_dir else None)
        except OSError as error:
            raise Finding(said("%(file)s cannot be written: %(strerror)s.", file=self._file, strerror=error.strerror)) from error
        self._say(N_("Written: %(file)s (only you can read it)."), file=self._file)
        self._say(N_("Next: fill in what is commented out there, run “rightsdesk doctor”, then “rightsdesk run”."))
        return FINE

    # -- asking

    def _ask_language(self) -> str:
        if self._args.language or not self._asks:
            return str(self._args.language or "ru")
        while True:
            said = self._terminal.ask("Язык / Language: ru, en [ru]").casefold() or "ru"
            if said[:2] in {"ru", "en"}:
                return said[:2]

    def _in_words(self, sentence: str, params: Mapping[str, Any]) -> str:
        return words("app", self._answers.language).gettext(sentence) % params

    def _say(self, sentence: str, **params: Any) -> None:
        self._terminal.say(self._in_words(sentence, params))

    def _ask(self, sentence: str, default: str = "", **params: Any) -> str:
        question = self._in_words(sentence, params) + (f" [{default}]" if default else "")
        return self._terminal.ask(question) or default

    def _maybe(self, sentence: str) -> str:
        return self._ask(sentence) if self._asks else ""

    def _yes(self, sentence: str, **params: Any) -> bool:
        return self._ask(sentence, **params).casefold()[:1] in {"", "y", "д", "1"}

    def _told(self, report: Report) -> bool:
        """Say what was found; whether it works. Without anybody to ask, what does not work ends everything."""
        good = True
        for result in report:
            found, do = result.said(self._answers.language)
            bad = result.verdict is Verdict.PROBLEM
            good = good and not bad
            if bad and not self._asks:
                raise Finding(f"{found} {do}")
            if result.verdict is not Verdict.FINE or result.key in {"telegram.token", "telegram.group"}:
                self._terminal.say(f"  {'✗' if bad else '!' if result.verdict is Verdict.WARNING else '✓'} {found}")
                if do and result.verdict is not Verdict.FINE:
                    self._terminal.say(f"    → {do}")
        return good

    def _again(self) -> bool:
        return self._yes(N_("Try again? (n: keep it as it is) [Y/n]"))

    # -- Telegram

    async def _ask_token(self) -> None:
        answers = self._answers
        answers.token = given(self._args.token)
        if not answers.token and not self._asks:
            raise Usage(said("--token is missing: the bot's token, or @FILE that holds it."))
        if not answers.token:
            self._say(N_("Make a bot with @BotFather in Telegram (/newbot) and copy its token."))
        while True:
            answers.token = answers.token or Given(self._terminal.ask_secret(self._in_words(N_("Token of the bot:"), {})))
            report = Report()
            await self._with_api(report, "telegram.token", self._introduce)
            if self._told(report) or not self._again():
                return
            unreachable = any(
                r.found == telegram.TROUBLES[name][0] for r in report for name in ("unreachable", "silent", "proxy")
            )
            if unreachable:
                answers.proxy = Given(
                    self._ask(N_("Proxy to reach Telegram, as socks5://user:password@host:port (Enter: none):"))
                )
            else:
                answers.token = Given()

    async def _introduce(self, api: Any, report: Report) -> None:
        me = await api.me()
        report.fine("telegram.token", N_("The bot is @%(username)s (“%(name)s”)."), username=me.username, name=me.name)

    async def _with_api(self, report: Report, key: str, ask: Callable[[Any, Report], Awaitable[None]]) -> None:
        """Ask Telegram something; its trouble is told in the report."""
        from bot.check import OFFICIAL, BotApi, Unanswered

        answers = self._answers
        try:
            async with BotApi(answers.token.text, answers.api_url or OFFICIAL, self._timepiece, answers.proxy.text) as api:
                await ask(api, report)
        except Unanswered as error:
            telegram.tell(report, key, error)

    async def _ask_group(self) -> None:
        answers = self._answers
        answers.staff_chat = self._args.staff_chat or 0
        if not answers.staff_chat and not self._asks:
            raise Usage(said("--staff-chat is missing: the id of the staff group."))
        while True:
            if not answers.staff_chat:
                await self._find_group()
            report = Report()
            await self._with_api(report, "telegram.group", self._judge_group)
            if self._told(report) or not self._again():
                return
            # Another group when it was not found; the same once more when a right was missing.
            if any(r.key == "telegram.group" and r.verdict is Verdict.PROBLEM for r in report):
                answers.staff_chat = 0

    async def _judge_group(self, api: Any, report: Report) -> None:
        me = await api.me()
        group = await api.group(self._answers.staff_chat, me.id)
        telegram.judge_group(group, me.reads_all, report)

    async def _find_group(self) -> None:
        self._say(N_("Add the bot to your staff group, with Topics switched on there."))
        self._say(N_("Make it an administrator that may manage topics, pin messages and delete messages."))
        self._say(N_("Then press the button it shows there, or write anything in the group. I am waiting…"))
        report = Report()
        await self._with_api(report, "telegram.updates", self._watch_for_group)
        self._told(report)
        while not self._answers.staff_chat:
            said = self._ask(N_("Id of the staff group (a number such as -1001234567890; Enter: wait again):"))
            if not said:
                return await self._find_group()
            try:
                self._answers.staff_chat = int(said)
            except ValueError:
                self._say(N_("That is not a whole number."))
        return None

    async def _watch_for_group(self, api: Any, report: Report) -> None:
        webhook = await api.webhook()
        if webhook.url:
            report.warning(
                "telegram.updates",
                N_("A webhook to %(host)s is set, so the group cannot be found by itself."),
                N_("Type the id of the group."),
                host=webhook.host,
            )
            return
        text = self._in_words(N_("Is this the staff group of the desk? Press the button."), {})
        button = self._in_words(N_("Yes, connect"), {})
        try:
            async with asyncio.timeout(GROUP_SECONDS):
                async for found in api.wait_for_group(button, text):
                    pressed = bool(found.pressed_by)
                    if pressed or self._yes(N_("Is “%(title)s” the staff group? [Y/n]"), title=found.title):
                        self._answers.staff_chat = found.id
                        if pressed and found.pressed_by not in self._answers.managers:
                            self._answers.managers.append(found.pressed_by)
                            self._say(N_("Whoever pressed the button is a manager now; others are named in the file."))
                        return
        except TimeoutError:
            self._say(N_("Nobody showed me the group."))

    # -- mail

    async def _ask_mailbox(self) -> None:
        answers = self._answers
        answers.mailbox = self._args.mailbox or self._maybe(N_("Address of the support mailbox to watch (Enter: none):"))
        if not answers.mailbox:
            return
        answers.imap_url, answers.smtp_url = given(self._args.imap_url), given(self._args.smtp_url)
        if not self._asks and not (answers.imap_url and answers.smtp_url):
            raise Usage(said("--mailbox needs --imap-url and --smtp-url."))
        await self._ask_server("imap", answers, self._try_imap)
        await self._ask_server("smtp", answers, self._try_smtp)
        self._ask_since()

    def _ask_since(self) -> None:
        """Old letters become tickets only when somebody says so: their dates have passed, and they would be answered."""
        answers = self._answers
        answers.since = self._args.since or ""
        while self._lying and self._asks and not answers.since:
            self._say(N_("%(count)d letters lie in the mailbox already."), count=self._lying)
            said = self._ask(N_("From which date on are they taken (2026-11-01, everything; Enter: those of the last day):"))
            if not said or wrong_since(said) is None:
                answers.since = said
                return
            self._say(N_("That is neither a date such as 2026-11-01 nor the word everything."))

    async def _ask_server(self, protocol: str, answers: Answers, attempt: Callable[[], Awaitable[Report]]) -> None:
        name = f"{protocol}_url"
        while True:
            if not getattr(answers, name):
                setattr(answers, name, Given(self._ask_url(protocol)))
            if self._told(await attempt()):
                self._say(N_("  ✓ Receiving works.") if protocol == "imap" else N_("  ✓ Sending works (nothing was sent)."))
                return
            if not self._again():
                return
            setattr(answers, name, Given())

    def _ask_url(self, protocol: str) -> str:
        """Ask for a server part by part; whoever has a whole URL types that."""
        domain = self._answers.mailbox.rpartition("@")[2]
        guess = _HOSTS.get(domain, (f"imap.{domain}", f"smtp.{domain}"))[0 if protocol == "imap" else 1]
        what = N_("IMAP server, where mail is read:") if protocol == "imap" else N_("SMTP server, where mail is sent:")
        host = self._ask(what, guess)
        if "://" in host:
            return host
        self._user = self._ask(N_("User name:"), self._user or self._answers.mailbox)
        hint = N_("Password (Enter: the same):") if self._password else N_("Password (many providers want one for apps):")
        self._password = self._terminal.ask_secret(self._in_words(hint, {})) or self._password
        login = f"{quote(self._user, safe='')}:{quote(self._password, safe='')}"
        return f"imaps://{login}@{host}/INBOX" if protocol == "imap" else f"smtps://{login}@{host}"

    async def _try_imap(self) -> Report:
        from mail import check, urls

        report, facts = Report(), check.MailboxFacts()
        try:
            address = urls.parse_imap(self._answers.imap_url.text, "imap_url")
        except urls.WrongUrl as error:
            report.problem("mailbox.reach", "%(sentence)s", N_("Correct the address."), sentence=error.sentence)
            return report
        try:
            async with asyncio.timeout(TRY_SECONDS):
                await check.look_at_mailbox(address, facts)
        except TimeoutError:
            facts.trouble = check.Trouble.SILENT
        self._lying = len(facts.uids)
        mailboxes.judge_mailbox(facts, address, "imap_url", self._timepiece(), report)
        return report

    async def _try_smtp(self) -> Report:
        from mail import check, urls

        report, facts = Report(), check.SmtpFacts()
        try:
            address = urls.parse_smtp(self._answers.smtp_url.text, "smtp_url")
        except urls.WrongUrl as error:
            report.problem("smtp.reach", "%(sentence)s", N_("Correct the address."), sentence=error.sentence)
            return report
        try:
            async with asyncio.timeout(TRY_SECONDS):
                await check.look_at_smtp(address, self._answers.mailbox, facts, self._timepiece)
        except TimeoutError:
            facts.trouble = check.Trouble.SILENT
        mailboxes.judge_smtp(facts, address, "smtp_url", self._timepiece(), report)
        return report


def given(argument: str | None) -> Given:
    """A secret of the command line: itself, or @FILE that holds it. Raises Usage when the file cannot be read."""
    if not argument or not argument.startswith("@"):
        return Given(argument or "")
    file = Path(argument[1:])
    try:
        return Given(file.read_text(encoding="utf-8").strip(), file)
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(said("The file %(file)s cannot be read (%(name)s).", file=file, name=type(error).__name__)) from None
