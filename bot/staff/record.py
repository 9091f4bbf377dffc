"""/journal and /dossier: the journal of a span and the dossier of a ticket as files in the group, made when they leave."""

import re
from datetime import date
from typing import Final

from aiogram.types import Message

from bot.staff.permission import member
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import N_, without_command
from desk import contents, outbox
from desk.errors import Refused
from desk.ports import Outcome
from desk.ticket import tickets
from models import Became

FORMS = ("xlsx", "csv", "pdf")
LANGUAGES: Final = {"ru": "ru", "рус": "ru", "по-русски": "ru", "en": "en", "англ": "en", "по-английски": "en"}
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2})")


async def journal(message: Message, talk: Talk) -> Outcome:
    """The journal of this year up to today, or of the span that is named, as a workbook or in the form that is named.

    It is in the language of the papers, or in the one that is named.
    """
    assert message.from_user is not None
    await member(talk.desk, message.from_user, talk.now)
    said = without_command(message.text or message.caption or "")[0].lower().replace("–", " ").replace("—", " ")
    said, language = _spoken(said)
    first, last, form = span(said, talk.now.astimezone(talk.desk.operator.zone).date())
    place = await ticket_of(message)
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(place.ticket) if place.ticket else outbox.GENERAL,
        key=f"journal:{talk.row.id}",
        content=contents.Volume(first=first, last=last, ending=form, language=language, reply_to=message.message_id),
        now=talk.now,
        ticket=place.ticket,
        priority=outbox.SOON,
    )
    return Outcome(Became.LISTED)


def _spoken(said: str) -> tuple[str, str]:
    """The words without a language that they name, and that language; "" where they name none."""
    words = said.split()
    named = [LANGUAGES[word.lower()] for word in words if word.lower() in LANGUAGES]
    return " ".join(word for word in words if word.lower() not in LANGUAGES), named[-1] if named else ""


def span(said: str, today: date) -> tuple[date, date, str]:
    """The days and the form that words name. Raises Refused for what is none of them."""
    days: list[date] = []
    form = "xlsx"
    for word in said.split():
        if found := _DAY.fullmatch(word):
            days.append(_day(found))
        elif word in FORMS:
            form = word
        elif word not in {"с", "по", "до", "from", "to", "-", "excel"}:
            raise Refused(N_("Name the days and the form like this: /journal 01.01.2026 31.12.2026 pdf (or xlsx, csv)."))
    first = days[0] if days else today.replace(month=1, day=1)
    last = days[1] if len(days) > 1 else today
    if last < first or len(days) > 2:
        raise Refused(N_("The first day comes before the last one: /journal 01.01.2026 31.12.2026"))
    return first, last, form


def _day(found: re.Match[str]) -> date:
    numbers = [int(one) for one in found.groups() if one]
    try:
        return date(*numbers) if len(found[0].partition("-")[0]) == 4 else date(*reversed(numbers))
    except ValueError:
        raise Refused(N_("There is no such day. Write it like this: 31.12.2026")) from None


async def dossier(message: Message, talk: Talk) -> Outcome:
    """Everything about this ticket in one archive, in the language of the papers or in the one that is named: `/dossier en`."""
    assert message.from_user is not None
    await member(talk.desk, message.from_user, talk.now)
    place = await ticket_of(message)
    if place.ticket is None:
        raise Refused(N_("Write this in the topic of a ticket, or in reply to its card."))
    tickets.unmerged(place.ticket)
    said, language = _spoken(without_command(message.text or message.caption or "")[0])
    if said:
        raise Refused(N_("After /dossier only its language may stand: /dossier en"))
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(place.ticket),
        key=f"dossier:{talk.row.id}",
        content=contents.Volume(ending="zip", language=language, reply_to=message.message_id),
        now=talk.now,
        ticket=place.ticket,
        priority=outbox.SOON,
    )
    return Outcome(Became.LISTED, place.ticket.id)
