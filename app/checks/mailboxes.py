"""Checks of mail: each mailbox and its submission server, step by step, and what their servers think of our own letters."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from app.checks.results import N_, Report
from app.checks.subject import Subject, check_offset
from app.settings.allowed import EVERYTHING, LOOPBACK
from desk.context import Mailbox

if TYPE_CHECKING:
    from mail.check import Certificate, MailboxFacts, ServerFacts, SmtpFacts
    from mail.urls import ImapAddress, ServerAddress, SmtpAddress

_RENEW: Final = timedelta(days=14)
"""How long a certificate must still hold: automatic renewals come a month before the end."""
_UNTAKEN: Final = timedelta(minutes=15)
_MANY: Final = 100
_SMALL: Final = 10 * 1024 * 1024
_EXTENSIONS: Final = ("IDLE", "MOVE", "UIDPLUS")

# By mail.check.Trouble: what was found, and what to do.
TROUBLES: Final[dict[str, tuple[str, str]]] = {
    "name": (
        N_("The name %(host)s is not known here (DNS)."),
        N_("Check the host in %(setting)s, and this machine's name servers."),
    ),
    "unreachable": (
        N_("%(host)s:%(port)d cannot be reached (%(detail)s)."),
        N_("Check host and port in %(setting)s, and that no firewall is between; many hosters block mail ports until asked."),
    ),
    "silent": (
        N_("%(host)s:%(port)d does not answer in time."),
        N_("Check host and port in %(setting)s (TLS from the start is imaps:// and smtps://), and that no firewall is between."),
    ),
    "no_tls": (
        N_("%(host)s does not speak TLS on port %(port)d (%(detail)s)."),
        N_("Check the port in %(setting)s; where TLS is switched on later, write ?starttls=1."),
    ),
    "no_starttls": (N_("%(host)s does not offer STARTTLS."), N_("Use imaps:// or smtps:// in %(setting)s.")),
    "expired": (
        N_("The certificate of %(host)s has expired."),
        N_("Have the server's certificate renewed. Check this machine's clock."),
    ),
    "not_yet": (N_("The certificate of %(host)s is not valid yet."), N_("Check this machine's clock.")),
    "unknown_authority": (
        N_("The certificate of %(host)s is from an authority that this machine does not know."),
        N_("If it is your own authority, name its certificate: ?ca_file=… in %(setting)s. Else somebody may be listening in."),
    ),
    "other_name": (
        N_("The certificate is not made for the name %(host)s."),
        N_("Write the name that the certificate bears into %(setting)s."),
    ),
    "distrusted": (N_("The certificate of %(host)s is not trusted."), N_("Have the server's certificate put in order.")),
    "credentials": (
        N_("%(host)s refuses the login (user, password or token)."),
        N_("Check user and password in %(setting)s (@ : / are written %%40 %%3A %%2F); many providers want an app password."),
    ),
    "later": (N_("%(host)s cannot serve us at the moment (%(detail)s)."), N_("Try again in some minutes.")),
    "no_folder": (
        N_("%(host)s has no folder %(folder)s, or does not let us read it."),
        N_("Write the folder's name at the end of %(setting)s, as in …:993/INBOX."),
    ),
    "sender": (
        N_("%(host)s does not let us send as this address (%(detail)s)."),
        N_("Let the login of %(setting)s be that of the mailbox, or allow it to send as the address."),
    ),
    "recipient": (
        N_("%(host)s does not take a letter to this very address (%(detail)s)."),
        N_("Check the address of the mailbox with the provider."),
    ),
    "settings": (N_("A file named in %(setting)s cannot be used: %(detail)s"), N_("Check ca_file and token_file.")),
    "other": (
        N_("%(host)s cannot be used as it is set up (%(detail)s)."),
        N_("Check %(setting)s against what the provider says."),
    ),
}


def tell(report: Report, channel: str, facts: "ServerFacts", address: "ServerAddress", setting: str) -> None:
    """Tell why a server cannot be used."""
    assert facts.trouble is not None
    found, do = TROUBLES[facts.trouble]
    params = {"host": address.host, "port": address.port, "detail": facts.detail or facts.trouble, "setting": setting}
    report.problem(f"{channel}.{facts.step}", found, do, folder=getattr(address, "folder", ""), **params)


def _check_line(report: Report, channel: str, facts: "ServerFacts", address: "ServerAddress", now: datetime) -> None:
    """What is known once the server was reached: how the line is protected, and for how long."""
    params: dict[str, Any] = {"host": address.host, "port": address.port}
    report.fine(f"{channel}.reach", N_("%(host)s:%(port)d answers."), **params)
    if address.tls == "none":
        _check_plain(report, channel, address, params)
    elif facts.certificate is not None:
        _check_certificate(report, channel, facts.certificate, now, params)


def _check_plain(report: Report, channel: str, address: "ServerAddress", params: dict[str, Any]) -> None:
    if address.host in LOOPBACK:
        report.fine(f"{channel}.tls", N_("Plain text, within this machine only."))
    else:
        report.warning(
            f"{channel}.tls",
            N_("Letters and password go to %(host)s in plain text (insecure=1)."),
            N_("Use imaps:// and smtps://, or ?starttls=1."),
            **params,
        )


def _check_certificate(report: Report, channel: str, shown: "Certificate", now: datetime, params: dict[str, Any]) -> None:
    left = shown.not_after - now
    params = {**params, "until": f"{shown.not_after:%Y-%m-%d}", "issuer": shown.issuer, "days": left.days}
    if left < _RENEW:
        report.warning(
            f"{channel}.tls",
            N_("The certificate of %(host)s ends in %(days)d days (%(until)s)."),
            N_("Have it renewed: after that day nothing goes in or out."),
            **params,
        )
    else:
        report.fine(f"{channel}.tls", N_("TLS; the certificate (%(issuer)s) holds until %(until)s."), **params)


# -- mailboxes


async def check_mailbox(subject: Subject, number: int, report: Report) -> None:
    """One mailbox: reach, TLS, login, folder, what the server can do, what waits, SPF and DKIM where they can be seen."""
    from mail import check, urls

    told, setting = subject.settings.mailboxes[number], f"mailboxes.{number}.imap_url"
    try:
        address = urls.parse_imap(told.imap_url.reveal(), setting)
    except urls.WrongUrl:
        report.skipped("mailbox.reach", N_("%(setting)s is missing or wrong, as told above."), setting=setting)
        return
    facts = check.MailboxFacts()
    try:
        async with asyncio.timeout(subject.seconds):
            await check.look_at_mailbox(address, facts, domain=told.address.rpartition("@")[2])
    except TimeoutError:
        facts.trouble, facts.detail = check.Trouble.SILENT, ""
    judge_mailbox(facts, address, setting, subject.timepiece(), report)
    if facts.step is check.Step.DONE:
        await _check_waiting(subject, number, facts, address, report)
        _check_results(facts, told.address.rpartition("@")[2], report)


def judge_mailbox(facts: "MailboxFacts", address: "ImapAddress", setting: str, now: datetime, report: Report) -> None:
    """What was found of a mailbox, up to the step that failed."""
    from mail.check import Step

    if facts.step is not Step.REACH:
        _check_line(report, "mailbox", facts, address, now)
    if facts.step in {Step.FOLDER, Step.DONE}:
        report.fine("mailbox.login", N_("The login is accepted."))
    if facts.step is Step.DONE:
        report.fine("mailbox.folder", N_("The folder %(folder)s can be read."), folder=address.folder)
        has = ", ".join(one for one in _EXTENSIONS if one in facts.capabilities) or "–"
        if "IDLE" in facts.capabilities:
            report.fine("mailbox.extensions", N_("The server announces mail at once; it can: %(has)s."), has=has)
        else:
            report.fine(
                "mailbox.extensions",
                N_("The server does not announce mail (no IDLE): it is asked every 4 to 8 s. It can: %(has)s."),
                has=has,
            )
    if facts.trouble is not None:
        tell(report, "mailbox", facts, address, setting)
    if facts.newest_at is not None and facts.newest_at - now > timedelta(seconds=30):
        # A letter cannot have come later than now.
        check_offset(report, facts.newest_at - now, address.host)


async def _check_waiting(subject: Subject, number: int, facts: "MailboxFacts", address: "ImapAddress", report: Report) -> None:
    from mail.numbering import source_of

    told = subject.settings.mailboxes[number]
    stored = None
    with suppress(TimeoutError):
        async with asyncio.timeout(subject.seconds):
            # Shielded: the other mailboxes wait for the same answer.
            stored = await asyncio.shield(subject.stored)
    if stored is None:
        report.skipped(
            "mailbox.waiting",
            N_("%(all)d letters lie in the folder; which of them are stored cannot be seen now."),
            all=len(facts.uids),
        )
        return
    source = source_of(Mailbox(address=told.address, name="", take=told.take), address.folder, facts.uidvalidity)
    last = stored.positions.get(source)
    waiting = [uid for uid in facts.uids if uid > (last or 0)]
    old = facts.newest_at is not None and subject.timepiece() - facts.newest_at > _UNTAKEN
    if last is None and waiting:
        _tell_first_sight(told.since, len(waiting), report)
    elif last is not None and waiting and old:
        report.warning(
            "mailbox.waiting",
            N_("%(waiting)d letters in the folder are not stored, though the last came over a quarter of an hour ago."),
            N_("Check that the service runs: rightsdesk health; then look into its log."),
            waiting=len(waiting),
        )
    else:
        report.fine("mailbox.waiting", N_("%(waiting)d letters wait to be taken."), waiting=len(waiting))


def _tell_first_sight(since: str, waiting: int, report: Report) -> None:
    """What the first start will make of the letters that lie there; see mail.numbering."""
    if since == EVERYTHING and waiting > _MANY:
        report.warning(
            "mailbox.waiting",
            N_("%(waiting)d letters lie in the folder, and none is stored: the desk will take them all, with their own dates."),
            N_("Set mailboxes[].since to a date, or leave it out; rightsdesk import brings in old letters unanswered."),
            waiting=waiting,
        )
    elif since == EVERYTHING:
        report.fine("mailbox.waiting", N_("%(waiting)d letters wait to be taken."), waiting=waiting)
    elif since:
        report.fine(
            "mailbox.waiting",
            N_("%(waiting)d letters lie in the folder; at the first start those received from %(since)s on are taken."),
            waiting=waiting,
            since=since,
        )
    else:
        report.fine(
            "mailbox.waiting",
            N_("%(waiting)d letters lie in the folder; at the first start those of the last day are taken (mailboxes[].since)."),
            waiting=waiting,
        )


def _check_results(facts: "MailboxFacts", domain: str, report: Report) -> None:
    newest = facts.results[0] if facts.results else None
    do = N_("Look at the DNS of %(domain)s: a TXT record v=spf1 that names your mail server, DKIM keys, and _dmarc.%(domain)s.")
    if newest is None:
        report.skipped(
            "mailbox.spf", N_("No letter from %(domain)s lies here by which SPF and DKIM could be judged."), do, domain=domain
        )
        return
    shown = ", ".join(f"{method}={result}" for method, result in newest.items() if method in {"spf", "dkim", "dmarc"})
    if "pass" in (newest.get("spf"), newest.get("dkim")) and newest.get("dmarc", "pass") == "pass":
        report.fine("mailbox.spf", N_("The newest letter from %(domain)s passed: %(shown)s."), domain=domain, shown=shown)
    else:
        report.warning(
            "mailbox.spf",
            N_("The newest letter from %(domain)s in this mailbox did not pass (%(shown)s): your answers may land in spam."),
            do,
            domain=domain,
            shown=shown or "–",
        )


# -- submission


async def check_smtp(subject: Subject, number: int, report: Report) -> None:
    """One submission server: reach, TLS, login, whether the sender is accepted, the largest letter. Nothing is sent."""
    from mail import check, urls

    told, setting = subject.settings.mailboxes[number], f"mailboxes.{number}.smtp_url"
    try:
        address = urls.parse_smtp(told.smtp_url.reveal(), setting)
    except urls.WrongUrl:
        report.skipped("smtp.reach", N_("%(setting)s is missing or wrong, as told above."), setting=setting)
        return
    facts = check.SmtpFacts()
    try:
        async with asyncio.timeout(subject.seconds):
            await check.look_at_smtp(address, told.address, facts, subject.timepiece)
    except TimeoutError:
        facts.trouble, facts.detail = check.Trouble.SILENT, ""
    judge_smtp(facts, address, setting, subject.timepiece(), report)


def judge_smtp(facts: "SmtpFacts", address: "SmtpAddress", setting: str, now: datetime, report: Report) -> None:
    """What was found of a submission server, up to the step that failed."""
    from mail.check import Step

    if facts.step is not Step.REACH:
        _check_line(report, "smtp", facts, address, now)
    if facts.step in {Step.SENDER, Step.DONE}:
        report.fine("smtp.login", N_("The login is accepted.") if address.auth != "none" else N_("The server wants no login."))
    if facts.step is Step.DONE:
        report.fine("smtp.sender", N_("The server lets us send as this address (tried, nothing was sent)."))
        _check_size(facts, report)
    if facts.trouble is not None:
        tell(report, "smtp", facts, address, setting)
    if facts.offset is not None:
        check_offset(report, facts.offset, address.host)


def _check_size(facts: "SmtpFacts", report: Report) -> None:
    megabytes = facts.size / 1024**2
    if not facts.size:
        report.fine("smtp.size", N_("The server does not tell how large a letter may be."))
    elif facts.size < _SMALL:
        report.warning(
            "smtp.size",
            N_("The server takes letters up to %(megabytes).1f MiB only: answers with files may be refused."),
            N_("Have the limit raised to 20 MiB or more."),
            megabytes=megabytes,
        )
    else:
        report.fine("smtp.size", N_("The server takes letters up to %(megabytes).1f MiB."), megabytes=megabytes)
