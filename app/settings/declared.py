"""The settings: one TOML file (`DESK_CONFIG`, default desk.toml), every value overridable by environment.

`DESK_TELEGRAM__TOKEN` overrides `token` of `[telegram]`; lists take an index (`DESK_MAILBOXES__0__ADDRESS`); any
setting may come from a file by its name with `_FILE` (`DESK_TELEGRAM__TOKEN_FILE`). Names are an interface:
they change only by adding. What each means stands beside it and becomes the table of the README.
"""

# ruff: noqa: RUF009 - setting() is dataclasses.field() with words

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from app.settings import allowed
from app.settings.reader import Reader, Secret, SettingsError, setting
from app.speech import language, said
from desk.law import load_regime
from desk.law.errors import LawError
from desk.law.reminder_settings import STANDARD, Reminding, parse_quiet, wrong_level

DEFAULT_FILE: Final = "desk.toml"

__all__ = ["Secret", "Settings", "SettingsError", "load", "ready_to_run"]


@dataclass(frozen=True)
class OperatorSettings:
    name: str = setting("", "Who answers for the data, as letters sign it (company, or entrepreneur's full name)")
    short_name: str = setting("", "The short name shown to requesters; the name when empty")
    kind: str = setting("company", "What the operator is", choices=("company", "entrepreneur"))
    address: str = setting("", "Postal address")
    site: str = setting("", "The site whose policy is served")
    policy_url: str = setting("", "Where the policy can be read")
    time_zone: ZoneInfo = setting(ZoneInfo("Europe/Moscow"), "The operator's time zone: the law is counted in it")
    paper_statements: tuple[str, ...] = setting(
        (),
        "Kinds of requests that the policy asks for on paper too, such as consent_withdrawal: the bot then offers the statement "
        "as a PDF to sign, and the postal address",
        expected="a list of kinds of requests",
    )
    languages: tuple[str, ...] = setting(("ru", "en"), "Languages spoken; the first is the staff's own", choices=("ru", "en"))
    opening_hour: time = setting(time(9), "When the office opens: the hour of reminders")
    closing_hour: time = setting(time(18), "When the office closes: the last hour of a safe date; no reminders after it")


@dataclass(frozen=True)
class DatabaseSettings:
    url: Secret = setting(
        Secret(),
        "Database: sqlite://PATH (relative to the working directory) or postgres://user:password@host:5432/name; "
        "empty: desk.sqlite3 in the storage directory",
        check=lambda value: allowed.database(value) if value else None,
    )


@dataclass(frozen=True)
class StorageSettings:
    dir: Path = setting(Path("var"), "Directory for attachments and everything else that is kept in files")
    key_file: Path | None = setting(None, "The master key; made on the first start. Empty: master.key in the directory")


@dataclass(frozen=True)
class TelegramSettings:
    token: Secret = setting(Secret(), "The bot's token from @BotFather", check=allowed.token)
    api_url: str = setting("https://api.telegram.org", "Bot API server", check=allowed.web)
    proxy: Secret = setting(Secret(), "Proxy to reach it: socks5://user:password@host:port", check=allowed.proxy)
    staff_chat: int = setting(0, "Id of the staff group", expected="a whole number such as -1001234567890")
    webhook_url: str = setting("", "Public https address of this desk; empty: long polling", check=allowed.webhook)
    webhook_secret: Secret = setting(
        Secret(), "Secret that Telegram repeats with each webhook call", check=allowed.webhook_secret
    )
    per_second: float = setting(30.0, "Messages a second, all chats together", check=allowed.between(0.1, 1_000_000))
    chat_per_second: float = setting(1.0, "Messages a second to one chat", check=allowed.between(0.01, 1_000_000))
    group_per_minute: float = setting(20.0, "Messages a minute to the staff group", check=allowed.between(1, 1_000_000))


@dataclass(frozen=True)
class MailboxSettings:
    address: str = setting("", "The mailbox's address, the sender of its letters", check=allowed.address)
    name: str = setting("", "The name beside the address; the operator's when empty")
    imap_url: Secret = setting(
        Secret(), "Where mail is read: imaps://user:password@host:993/INBOX", check=allowed.mail_url("imap")
    )
    smtp_url: Secret = setting(Secret(), "Where mail is sent: smtps://user:password@host:465", check=allowed.mail_url("smtp"))
    take: str = setting("everything", "Which letters become tickets", choices=("everything", "requests"))
    aliases: tuple[str, ...] = setting(
        (),
        "Other addresses whose letters arrive here (a brand's, an old domain's): what is sent to them is sent to us, and no "
        "letter of ours goes to them",
        expected="a list of addresses",
        check=allowed.address,
    )
    since: str = setting(
        "",
        "Which of the letters that lie there at the first start are taken: those from a date on (2026-11-01), or everything; "
        "empty: those of the last day. What lies before is brought in by rightsdesk import",
        expected="a date such as 2026-11-01, everything, or nothing",
        check=allowed.wrong_since,
    )
    keys: tuple[str, ...] = setting(
        (),
        "Files with the private keys for encrypted letters: a certificate with its key (PEM, S/MIME), or an armoured PGP key; "
        "without a passphrase, readable by the desk only",
        expected="a list of files",
        check=allowed.key_file,
    )


@dataclass(frozen=True)
class LawSettings:
    regime: str = setting("ru-152fz", "The law to count by")
    claim_days: int = setting(30, "Calendar days for a claim, as the operator's policy promises", check=allowed.between(1, 365))
    breach_notice_hours: int = setting(
        0,
        "Hours from the detection of an incident within which the policy promises to tell the people concerned; 0: it promises "
        "nothing. The law names no term",
        check=allowed.between(0, 720),
    )
    reminder_levels: tuple[str, ...] = setting(
        STANDARD,
        "Warnings of a term in days: half, wdN (N working days before the target, 1 to 30), safe_2h. The opening, the morning of "
        "the safe date, the end and every working day after it are always said; hours clocks alarm by their own plan",
        expected="a list such as half, wd5, wd3, wd1, safe_2h",
        check=wrong_level,
    )
    quiet_hours: str = setting(
        "",
        "When nobody is reminded, such as 19:00-10:00; empty: from closing_hour to opening_hour. Never on days off either. "
        "Hours clocks and what is due at once alarm at any hour",
        check=allowed.quiet,
    )
    disclose_from: str = setting(
        "code",
        "How far somebody has to be proved before personal data may leave to them: sender, authenticated, code, document or "
        "staff. Below it an answer that holds any waits until a colleague lets it go by name",
        choices=("sender", "authenticated", "code", "document", "staff"),
    )
    progress: str = setting(
        "telegram",
        "Whether requesters hear of steps that were done: never, in Telegram only, or always (by e-mail too)",
        choices=("never", "telegram", "always"),
    )


@dataclass(frozen=True)
class StaffSettings:
    managers: tuple[int, ...] = setting((), "Telegram ids of the managers", expected="whole numbers (Telegram user ids)")
    undo_seconds: float = setting(10.0, "How long a reply can be undone before it goes", check=allowed.between(0, 3600))
    code_hours: float = setting(
        24.0, "How long a code that was sent to a requester can come back", check=allowed.between(0.1, 720)
    )
    code_tries: int = setting(5, "How many wrong codes may come back before one is void", check=allowed.between(1, 20))
    codes_per_day: int = setting(
        3, "How many codes are sent for one ticket, or to one address, within a day", check=allowed.between(1, 20)
    )
    alert_email: str = setting("", "Where deadline alerts go when Telegram cannot be reached", check=allowed.optional_address)
    anchor_email: str = setting(
        "",
        "Where the head of the history is mailed each working day: it proves later that nothing was cut off",
        check=allowed.optional_address,
    )


@dataclass(frozen=True)
class ProcessorSettings:
    name: str = setting("", "Who processes on the operator's behalf, as contracts and acts name it")
    address: str = setting("", "Its postal address: the act of destruction names it")
    email: str = setting(
        "",
        "Where it is told what to do; empty: staff tell it on paper and record its confirmation",
        check=allowed.optional_address,
    )
    contract_number: str = setting("", "Number of the contract or order by which it processes; letters to it name it")
    contract_date: date | None = setting(None, "Date of that contract")
    systems: tuple[str, ...] = setting((), "In which of the [[systems]] it processes; empty: in systems of its own")
    data_categories: tuple[str, ...] = setting((), "What categories of data it has; letters to it and acts name them")
    publishes: bool = setting(
        default=False, meaning="It publishes data further (reviews): it is told when a requester stops the distribution"
    )
    confirm_within_days: int = setting(
        5,
        "Calendar days within which it has to confirm; sooner where the law's own term ends sooner",
        check=allowed.between(1, 365),
    )


@dataclass(frozen=True)
class SystemSettings:
    name: str = setting("", "An information system that holds personal data, or a paper archive")
    data_categories: tuple[str, ...] = setting((), "What categories of data it holds")
    paper: bool = setting(
        default=False, meaning="It is a paper archive: the act counts sheets, and no extract of an event log is asked for"
    )


@dataclass(frozen=True)
class RetentionSettings:
    closed_ticket_years: int = setting(
        3,
        "Years after its closing at which a ticket loses its personal data: words, files, names and addresses. A line without "
        "them stays for the journal; acts of destruction stay three years from the destruction",
        check=allowed.between(1, 100),
    )


@dataclass(frozen=True)
class PurposeSettings:
    language: str = setting("ru", "Language of this purpose: a letter names those of its own language", choices=("ru", "en"))
    name: str = setting("", "A purpose for which personal data are processed: the answer to a request for information names it")
    grounds: str = setting("", "Its legal ground, with the provision of the law; empty: staff are asked in each answer")
    data_categories: tuple[str, ...] = setting((), "Categories of data processed for it: offered where the data are to be listed")
    source: str = setting("", "Where these data come from; empty: staff are asked in each answer")
    stored: str = setting("", "How long they are processed and kept; empty: staff are asked in each answer")


@dataclass(frozen=True)
class StatementSettings:
    language: str = setting("ru", "Language of these words: a letter has those of its own language", choices=("ru", "en"))
    signatory: str = setting("", "Who signs the letters: name; this and the following empty: staff are asked in each letter")
    position: str = setting("", "Position of whoever signs")
    methods: str = setting("", "How personal data are processed: automated, mixed or on paper, with or without transfer")
    recipients: str = setting("", "Persons, other than employees, who have access to the data or may get them by contract or law")
    cross_border: str = setting("", "Cross-border transfer, done or planned, or that there is none")
    measures: str = setting("", "How the operator performs the duties of Art. 18.1")


@dataclass(frozen=True)
class AnswersSettings:
    templates: Path | None = setting(
        None, "Folder with the operator's own templates of answers (KEY.LANGUAGE.txt), which stand before those of the desk"
    )
    outgoing: str = setting(
        "{number}/{year}",
        "How the outgoing number of a letter is written; {number} runs from 1 each {year}",
        check=allowed.outgoing,
    )


@dataclass(frozen=True)
class HttpSettings:
    listen: str = setting("127.0.0.1:8080", "Address of /healthz, /readyz, /metrics and the webhook", check=allowed.listen)

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


@dataclass(frozen=True)
class Settings:
    operator: OperatorSettings = field(default_factory=OperatorSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    mailboxes: tuple[MailboxSettings, ...] = setting((), "Monitored support mailboxes")
    law: LawSettings = field(default_factory=LawSettings)
    staff: StaffSettings = field(default_factory=StaffSettings)
    processors: tuple[ProcessorSettings, ...] = setting((), "Processors")
    systems: tuple[SystemSettings, ...] = setting((), "Systems")
    purposes: tuple[PurposeSettings, ...] = setting((), "Purposes")
    statements: tuple[StatementSettings, ...] = setting((), "Statements")
    answers: AnswersSettings = field(default_factory=AnswersSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    http: HttpSettings = field(default_factory=HttpSettings)

    @property
    def database_url(self) -> str:
        """Where the data is: as set, else a SQLite file in the storage directory."""
        return self.database.url.reveal() or f"sqlite://{self.storage.dir / 'desk.sqlite3'}"

    @property
    def key_file(self) -> Path:
        return self.storage.key_file or self.storage.dir / "master.key"


def load(environment: Mapping[str, str] | None = None, *, for_running: bool = False) -> Settings:
    """The settings of this process.

    Raises SettingsError with every problem there is; with `for_running`, also with what the service would miss.
    """
    settings, problems = look(environment, for_running=for_running)
    if problems:
        raise SettingsError(problems)
    return settings


def look(environment: Mapping[str, str] | None = None, *, for_running: bool = False) -> tuple[Settings, list[str]]:
    """The settings as far as they can be read (a wrong one is its default), and every problem with them."""
    environment = os.environ if environment is None else environment
    reader = Reader()
    named = environment.get("DESK_CONFIG", "")
    path = Path(named or DEFAULT_FILE)
    if named and (not path.exists() or path.is_dir()):
        reader.problems.append(said("DESK_CONFIG: there is no file %(path)s.", path=path))
    elif path.exists():
        reader.add_toml(path)
    reader.add_environment(environment)
    settings = reader.build(Settings)
    reader.refuse_unknown(Settings)
    if not reader.problems:
        # Until each value is right by itself, what is missing cannot be told from what was misspelt.
        reader.problems += contradictions(settings)
        if for_running:
            reader.problems += ready_to_run(settings)
    elif for_running:
        mentioned = " ".join(reader.problems)
        reader.problems += [p for p in ready_to_run(settings) if p.split(" ", 1)[0] not in mentioned]
    return settings, reader.problems


def contradictions(settings: Settings) -> list[str]:
    """What is wrong between settings that are right by themselves."""
    found = []
    if settings.telegram.webhook_url and not settings.telegram.webhook_secret:
        found.append(
            said(
                "telegram.webhook_secret (DESK_TELEGRAM__WEBHOOK_SECRET) is missing: with telegram.webhook_url, "
                "expected a secret of 1-256 letters and digits, or anybody could call the webhook."
            )
        )
    try:
        reminding(settings.law).refuse_silence(settings.operator.opening_hour, settings.operator.closing_hour)
    except LawError as error:
        found.append(
            said(
                "law.quiet_hours (DESK_LAW__QUIET_HOURS) is “%(quiet_hours)s”: %(error)s",
                quiet_hours=settings.law.quiet_hours,
                error=error.sentence(language()),
            )
        )
    addresses = [mailbox.address.casefold() for mailbox in settings.mailboxes]
    found += [
        said("mailboxes.%(index)s.address is the address of an earlier mailbox: each is expected once.", index=index)
        for index, address in enumerate(addresses)
        if address and address in addresses[:index]
    ]
    return found + _wrong_register(settings) + _wrong_answers(settings)


def _wrong_answers(settings: Settings) -> list[str]:
    """What is wrong with what answers are made of: purposes, statements, and the operator's own templates."""
    found, named, spoken = [], set[tuple[str, str]](), set[str]()
    for index, purpose in enumerate(settings.purposes):
        if not purpose.name.strip():
            found.append(said("purposes.%(index)s.name is missing: answers name it.", index=index))
        elif (purpose.language, purpose.name.casefold()) in named:
            found.append(said("purposes.%(index)s.name is that of an earlier one: each is expected once.", index=index))
        named.add((purpose.language, purpose.name.casefold()))
    for index, statement in enumerate(settings.statements):
        if statement.language in spoken:
            found.append(said("statements.%(index)s.language is that of an earlier one: each is expected once.", index=index))
        spoken.add(statement.language)
    folder = settings.answers.templates
    if folder is not None and not folder.is_dir():
        return [*found, said("answers.templates names “%(folder)s”, which is no folder.", folder=folder)]
    if folder is not None:
        # What templates are read with takes long to import, and few commands need it.
        from desk.answers.folder import of_folder
        from desk.i18n import words

        problems = of_folder(folder, load_regime(settings.law.regime))[1]
        found += [
            said("answers.templates: %(file)s: %(why)s.", file=file, why=words("bot", language()).gettext(why) % params)
            for file, why, params in problems
        ]
    return found


def _wrong_register(settings: Settings) -> list[str]:
    """What is wrong between the processors, the systems and the mailboxes."""
    found = []
    for kind, names in (
        ("processors", [one.name for one in settings.processors]),
        ("systems", [one.name for one in settings.systems]),
    ):
        folded = [" ".join(name.casefold().split()) for name in names]
        for index, name in enumerate(folded):
            if not name:
                found.append(said("%(kind)s.%(index)s.name is missing: letters and acts name it.", kind=kind, index=index))
            elif name in folded[:index]:
                found.append(
                    said("%(kind)s.%(index)s.name is that of an earlier one: each is expected once.", kind=kind, index=index)
                )
    own, systems = {mailbox.address.casefold() for mailbox in settings.mailboxes}, [one.name for one in settings.systems]
    for index, processor in enumerate(settings.processors):
        if processor.email.casefold() in own - {""}:
            found.append(
                said(
                    "processors.%(index)s.email is “%(email)s”, a mailbox of this desk: expected the processor's own address.",
                    index=index,
                    email=processor.email,
                )
            )
        found += [
            said(
                "processors.%(index)s.systems names “%(name)s”, which is none of [[systems]]: %(known)s.",
                index=index,
                name=name,
                known=", ".join(f"“{one}”" for one in systems) or "–",
            )
            for name in processor.systems
            if name not in systems
        ]
    return found


def reminding(law: LawSettings) -> Reminding:
    """How the operator wants to be reminded. Raises LawError for values that were refused when they were read."""
    return Reminding(levels=law.reminder_levels, quiet=parse_quiet(law.quiet_hours))


def ready_to_run(settings: Settings) -> list[str]:
    """What the service itself would miss; commands that look at stored data do without."""
    found = []
    if not settings.telegram.token:
        found.append(
            said(
                "telegram.token (DESK_TELEGRAM__TOKEN or DESK_TELEGRAM__TOKEN_FILE) is missing: expected the "
                "bot's token from @BotFather."
            )
        )
    if not settings.telegram.staff_chat:
        found.append(
            said(
                "telegram.staff_chat (DESK_TELEGRAM__STAFF_CHAT) is missing: expected the id of the staff "
                "group, a whole number such as -1001234567890."
            )
        )
    for index, mailbox in enumerate(settings.mailboxes):
        expected = {
            "address": (mailbox.address, "its e-mail address"),
            "imap_url": (mailbox.imap_url, "imaps://user:password@host:993/INBOX"),
            "smtp_url": (mailbox.smtp_url, "smtps://user:password@host:465"),
        }
        found += [
            said(
                "mailboxes.%(index)s.%(name)s (DESK_MAILBOXES__%(index2)s__%(upper)s) is missing: expected %(words)s.",
                index=index,
                name=name,
                index2=index,
                upper=name.upper(),
                words=words,
            )
            for name, (value, words) in expected.items()
            if not value
        ]
    return found
