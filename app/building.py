"""Builds the desk that the settings describe."""

import secrets
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from app.settings import lawful
from app.settings.allowed import EVERYTHING
from app.settings.declared import MailboxSettings, Settings
from desk.answers.folder import of_folder
from desk.context import Codes, Desk, Mailbox, Operator, Processor, Purpose, Statement, System
from desk.tags import Signer
from desk.vault import Key, Vault, VaultError
from models import Attachment, Inbound, Level

log = structlog.get_logger(__name__)

TAGS = "tags"


def desk_of(settings: Settings, *, reading: bool = False) -> Desk:
    """The desk of these settings; its key and folders are made on the first start.

    With `reading` nothing is made: where the key is not at hand, what is sealed stays closed.
    Raises SettingsError and VaultError.
    """
    vault, regime = _vault(settings, reading=reading), lawful.regime(settings)
    return Desk(
        operator=_operator(settings),
        regime=regime,
        counting=lawful.counting(settings),
        vault=vault,
        signer=Signer(vault.derive(TAGS), vault.derive_older(TAGS)),
        staff_chat=settings.telegram.staff_chat,
        managers=frozenset(settings.staff.managers),
        undo=timedelta(seconds=settings.staff.undo_seconds),
        alert_email=settings.staff.alert_email,
        anchor_email=settings.staff.anchor_email,
        progress=settings.law.progress,
        codes=Codes(
            life=timedelta(hours=settings.staff.code_hours), tries=settings.staff.code_tries, per_day=settings.staff.codes_per_day
        ),
        disclose_from=Level(settings.law.disclose_from),
        mailboxes=tuple(_mailbox(one, settings.operator.time_zone) for one in settings.mailboxes),
        processors=tuple(Processor(**asdict(one)) for one in settings.processors),
        systems=tuple(System(**asdict(one)) for one in settings.systems),
        purposes=tuple(Purpose(**asdict(one)) for one in settings.purposes),
        statements=tuple(Statement(**asdict(one)) for one in settings.statements),
        templates=of_folder(settings.answers.templates, regime)[0] if settings.answers.templates else {},
        outgoing=settings.answers.outgoing,
        closed_ticket_years=settings.retention.closed_ticket_years,
    )


async def refuse_lost_key(settings: Settings) -> None:
    """A desk that has sealed messages does not begin anew with another key. Raises VaultError; wants the database open."""
    if not settings.key_file.exists() and await _has_sealed():
        raise VaultError(
            f'The key file "{settings.key_file}" is missing, but the database holds messages that were sealed with it. '
            "Put the key file back from where it is kept. If it is lost for good, see the runbook, “The key is lost”."
        )


async def _has_sealed() -> bool:
    """Whether the database knows of anything sealed: in its rows, or in the vault, whose folder may be gone as well."""
    kept = Inbound.exclude(sealed=None), Inbound.exclude(blob=""), Attachment.exclude(blob="")
    return any([await one.exists() for one in kept])


def _vault(settings: Settings, *, reading: bool) -> Vault:
    folder = settings.storage.dir / "vault"
    if reading and not settings.key_file.exists():
        return Vault([Key(secrets.token_bytes(32))], folder)
    settings.storage.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Vault.open(settings.key_file, folder)


def _mailbox(told: MailboxSettings, zone: ZoneInfo) -> Mailbox:
    since = None
    if told.since == EVERYTHING:
        since = datetime.min.replace(year=1970, tzinfo=UTC)
    elif told.since:
        since = datetime.combine(date.fromisoformat(told.since), time(0), zone).astimezone(UTC)
    return Mailbox(address=told.address, name=told.name, take=told.take, since=since, aliases=told.aliases)


def _operator(settings: Settings) -> Operator:
    operator = settings.operator
    return Operator(
        name=operator.name or _stand_in(settings),
        short_name=operator.short_name,
        kind=operator.kind,
        address=operator.address,
        site=operator.site,
        policy_url=operator.policy_url,
        zone=operator.time_zone,
        languages=operator.languages,
        paper_statements=operator.paper_statements,
    )


def _stand_in(settings: Settings) -> str:
    """A name to sign with until operator.name is set: letters must come from somebody."""
    first = next(iter(settings.mailboxes), None)
    return settings.operator.short_name or (first.name or first.address.rpartition("@")[2] if first else "") or "Rightsdesk"
