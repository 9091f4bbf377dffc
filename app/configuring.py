"""Writes the settings file from answers: commented, mode 600, secrets apart when wanted, and never one that cannot be read."""

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.checks.results import N_
from app.settings.declared import load
from desk.i18n import words


@dataclass
class Given:
    """A secret as it was given: its text, and the file it is in when it came from one."""

    text: str = ""
    file: Path | None = None

    def __repr__(self) -> str:
        return "Given(…)" if self.text else "Given()"

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass
class Answers:
    """What is asked for a settings file."""

    language: str = "ru"
    operator_name: str = ""
    token: Given = field(default_factory=Given)
    api_url: str = ""
    proxy: Given = field(default_factory=Given)
    staff_chat: int = 0
    managers: list[int] = field(default_factory=list)
    mailbox: str = ""
    imap_url: Given = field(default_factory=Given)
    smtp_url: Given = field(default_factory=Given)
    since: str = ""


SECRETS: Final = {
    "token": "telegram-token",
    "proxy": "telegram-proxy",
    "imap_url": "mailbox-imap-url",
    "smtp_url": "mailbox-smtp-url",
}
"""The names of the files that hold each secret in a folder of secrets."""


def write(answers: Answers, file: Path, *, secrets: Path | None = None) -> None:
    """Write the settings file whole, and the secrets apart when there is a folder for them.

    A file that was there is kept beside as `.old`. Raises OSError, and SettingsError when the answers make no settings.
    """
    if secrets is not None:
        _put_apart(answers, secrets.absolute())
    file.parent.mkdir(parents=True, exist_ok=True)
    text = rendered(answers)
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # made with mode 600
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        load({"DESK_CONFIG": str(new)})
        if file.exists():
            file.replace(file.with_name(file.name + ".old"))
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _put_apart(answers: Answers, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, file_name in SECRETS.items():
        given: Given = getattr(answers, name)
        if given and given.file is None:
            given.file = folder / file_name
            given.file.unlink(missing_ok=True)
            with os.fdopen(os.open(given.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
                handle.write(given.text + "\n")


def rendered(answers: Answers) -> str:
    """The settings file as text, its comments in the language of the answers."""
    _ = words("app", answers.language).gettext
    other = {"ru": "en", "en": "ru"}[answers.language]
    parts = [
        _comment(
            _(N_("Settings of the desk. What each means is in the README; every one can be overridden by the environment,"))
        ),
        _comment(
            _(N_("for example DESK_TELEGRAM__TOKEN. Any value can come from a file: add _file to its name and give the path."))
        ),
        _comment(_(N_("After each change: rightsdesk doctor"))),
        "",
        "[operator]",
        _line("name", answers.operator_name, _(N_("signs the letters")), wanted=True),
        "# " + _line("address", "…", _(N_("postal address, for letters and acts"))),
        "# " + _line("policy_url", "https://…", _(N_("where your policy can be read"))),
        f'languages = ["{answers.language}", "{other}"]  # ' + _(N_("the first is the staff's own")),
        '# time_zone = "Europe/Moscow"',
        "",
        "[telegram]",
        *_secret("token", answers.token, _(N_("from @BotFather"))),
        *([f"api_url = {_quoted(answers.api_url)}"] if answers.api_url else []),
        *(_secret("proxy", answers.proxy, "") if answers.proxy else []),
        f"staff_chat = {answers.staff_chat}"
        if answers.staff_chat
        else f"# staff_chat = -100…  # {_(N_('id of the staff group'))}",
        "",
        "[staff]",
        f"managers = {json.dumps(answers.managers)}  # " + _(N_("Telegram ids; they are called when a deadline comes near")),
        "# " + _line("alert_email", "…", _(N_("for alerts when Telegram cannot be reached"))),
        "",
        *_mailbox(answers),
        _comment(_(N_("Everybody who processes data on your behalf, one block each; they are told to stop or destroy."))),
        *("# [[processors]]", '# name = "…"', '# address = "…"', '# email = "…"', '# data_categories = ["…"]'),
        *("# confirm_within_days = 5", ""),
        _comment(_(N_("The systems that hold personal data, one block each; the act of destruction names them."))),
        *("# [[systems]]", '# name = "…"', '# data_categories = ["…"]', ""),
        _comment(_(N_("Where data, key and database are. Make backups; keep the key apart from them."))),
        *("# [storage]", '# dir = "var"', '# key_file = "var/master.key"', ""),
        *("# [database]", '# url = "postgres://user:password@host:5432/rightsdesk"'),
    ]
    return "\n".join(parts) + "\n"


def _mailbox(answers: Answers) -> list[str]:
    _ = words("app", answers.language).gettext
    if not answers.mailbox:
        return [
            _comment(_(N_("Mailboxes to watch, one block each. In user and password write @ : / % as %40 %3A %2F %25."))),
            *("# [[mailboxes]]", '# address = "…"', '# imap_url = "imaps://user:password@host:993/INBOX"'),
            *('# smtp_url = "smtps://user:password@host:465"', ""),
        ]
    return [
        "[[mailboxes]]",
        f"address = {_quoted(answers.mailbox)}",
        *_secret("imap_url", answers.imap_url, ""),
        *_secret("smtp_url", answers.smtp_url, ""),
        'take = "everything"  # ' + _(N_('or "requests": leave other letters alone')),
        f"since = {_quoted(answers.since)}  # "
        + _(N_("of the letters there already: those from a date on, everything, the last day")),
        "",
    ]


def _secret(name: str, given: Given, comment: str) -> list[str]:
    if not given:
        return [f'# {name} = "…"' + (f"  # {comment}" if comment else "")]
    if given.file is not None:
        return [f"{name}_file = {_quoted(str(given.file.absolute()))}"]
    return [f"{name} = {_quoted(given.text)}"]


def _line(name: str, value: str, comment: str, *, wanted: bool = False) -> str:
    absent = "# " if wanted and not value else ""
    return f"{absent}{name} = {_quoted(value)}  # {comment}"


def _comment(text: str) -> str:
    return f"# {text}"


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, but for the one control character that JSON lets stand.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
