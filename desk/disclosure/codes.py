"""Codes: one is sent to an address the operator holds, and has to come back from where the requester writes.

That shows that whoever writes also controls an address that was known before they wrote. From Telegram to mail and from mail to
mail or Telegram; by mail it is answered by a reply. The code itself is kept nowhere: it follows from the desk's key and a salt,
so it survives a restart; what comes back is compared with a digest. Its life, its tries and how many are sent are capped.
"""

import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.disclosure import gate, identity
from desk.disclosure.identity import Place
from desk.errors import Refused
from desk.i18n import N_, spoken, words
from desk.letters.envelopes import addressed
from desk.letters.way_back import way_back
from desk.ticket import legs, topic
from desk.ticket.staffing import actor
from models import Action, Challenge, ChallengeState, Contact, Held, Level, Outbox, Staff, Ticket, Verification

# An answer to a code that is older than this is a number like any other.
REMEMBERED = timedelta(days=30)
DAY = timedelta(days=1)
# The kinds of contacts that a code can be sent to.
SENT_TO = frozenset({"email", "telegram"})
_CODE = re.compile(r"(?<![\d.,+\-/])(\d{3})[ \u00a0-]?(\d{3})(?![\d]|[.,/\-]\d)")
# Besides a code only few words stand in a message that answers one, or the word itself.
_FEW, _WORD = 60, re.compile(r"\bкод\w*|\bcode\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]+\.[^\s@<>,;]{2,}")


class Came(StrEnum):
    """What a code that came back was."""

    PROVED = "proved"
    WRONG = "wrong"
    SPENT = "spent"  # wrong, and no tries are left
    LATE = "late"  # its life was over; a new one was sent
    LATE_ENDED = "late_ended"  # its life was over, and no more are sent today
    OLDER = "older"  # a newer one was sent since
    AGAIN = "again"  # it proved somebody already


def in_text(text: str) -> str:
    """The code in an answer to one; empty where there is none, several, or the message is about something else."""
    found = {"".join(match) for match in _CODE.findall(text)}
    short = len(text.strip()) <= _FEW or (_WORD.search(text) is not None and len(text) <= 10 * _FEW)
    return found.pop() if short and len(found) == 1 else ""


def masked(kind: str, value: str) -> str:
    """An address the operator holds as the requester is told it: enough to know it again, too little to learn it."""
    if kind != "email":
        return "Telegram"
    name, _at, domain = value.partition("@")
    host, _dot, top = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••.{top}"


async def place_held(written: str) -> Place:
    """The contact that staff name: an e-mail, or @name of a Telegram account that has written to the bot.

    Raises Refused for what is neither.
    """
    said = written.strip().strip("<>,;")
    if _ADDRESS.fullmatch(said):
        return Place("email", said.casefold())
    if said.startswith("@") or said.isdecimal():
        known = Contact.filter(kind="telegram", value=said) if said.isdecimal() else Contact.filter(kind="telegram")
        for one in await known:
            if said.isdecimal() or one.shown.casefold() == said.casefold() or one.shown.casefold().endswith(said.casefold()):
                return Place("telegram", one.value)
        raise Refused("This Telegram account has not written to the bot, so no code can be sent to it.")
    raise Refused("Name the address that the operator holds: /code name@mail.ru, or /code @name.")


async def on_file(ticket: Ticket) -> list[Held]:
    """The contacts the operator holds of somebody with the name or a number that a matter names: what a code may go to."""
    joint = await legs.of(await legs.head(ticket))
    for one in joint:
        await one.fetch_related("requester")
    names = [name for one in joint for name in (one.named, one.requester.name, (one.represented or {}).get("name", "")) if name]
    return [one for one in await identity.held_of(names, [one.id for one in joint]) if one.kind in SENT_TO]


async def send(desk: Desk, ticket: Ticket, to: Place, staff: Staff, now: datetime) -> Challenge:
    """Send a code to an address that the operator holds; it replaces the one that waits.

    Raises Refused where it proves nothing, where it cannot come back, and when enough were sent for a day.
    """
    await legs.lock(ticket)
    from_ = await identity.answered_at(ticket)
    if from_ is None:
        raise Refused("This requester left no address to answer to.")
    if to.kind not in SENT_TO:
        raise Refused("A code goes by e-mail or Telegram: by phone compare facts (/verify).")
    if to == from_ and not await Held.filter(kind=to.kind, value__in=to.values, source="import").exists():
        raise Refused("This is the address they write from: name one that you hold from elsewhere.")
    if to.value in desk.addresses:
        raise Refused("This is an address of the desk itself.")
    if await _enough(desk, ticket, to, now):
        raise Refused(
            "Enough codes were sent for today: to this ticket or to this address. Try tomorrow, or compare facts: /verify."
        )
    await _hold(ticket, to, actor(staff), now)
    return await _sent(desk, ticket, to, from_, actor(staff), now)


async def _enough(desk: Desk, ticket: Ticket, to: Place, now: datetime) -> bool:
    lately = Challenge.filter(created_at__gt=now - DAY)
    there = lately.filter(to_kind=to.kind, to_value=to.value)
    return max(await lately.filter(ticket_id=ticket.id).count(), await there.count()) >= desk.codes.per_day


async def _hold(ticket: Ticket, to: Place, by: str, now: datetime) -> None:
    """What staff name is an address the operator holds, of the person the ticket is about."""
    if await Held.filter(kind=to.kind, value__in=to.values).exists():
        return
    await ticket.fetch_related("requester")
    name = ticket.named or ticket.requester.name
    await Held.create(kind=to.kind, value=to.value, name=name, source=by, added_at=now)


async def _sent(desk: Desk, ticket: Ticket, to: Place, from_: Place, by: str, now: datetime, news: str = "sent") -> Challenge:
    waiting = Challenge.filter(ticket_id=ticket.id, state=ChallengeState.WAITING)
    await waiting.update(state=ChallengeState.REPLACED, ended_at=now)
    salt = secrets.token_hex(16)
    made = await Challenge.create(
        ticket=ticket,
        to_kind=to.kind,
        to_value=to.value,
        from_kind=from_.kind,
        from_value=from_.value,
        salt=salt,
        digest=desk.signer.code_digest(salt, desk.signer.code(salt)),
        tries=desk.codes.tries,
        sent_by=by,
        created_at=now,
        expires_at=now + desk.codes.life,
    )
    await history.add(ticket.id, by, Action.CODE_SENT, {"challenge": made.id, "by": to.kind}, now)
    await _letter(desk, ticket, made, now)
    await _tell(desk, ticket, made, news, now)
    return made


async def _letter(desk: Desk, ticket: Ticket, made: Challenge, now: datetime) -> None:
    """The letter with the code, to the address the operator holds; it names nothing of the matter but its number."""
    envelope = None
    if made.to_kind == "email":
        await ticket.fetch_related("requester")
        envelope = addressed(desk, ticket, ticket.requester, made.to_value, (), now)
        title = words("bot", spoken(ticket.language)).gettext("Confirmation code for request No. %(number)s")
        envelope = contents.Envelope(
            to=made.to_value,
            sender=envelope.sender,
            sender_name=envelope.sender_name,
            subject=title % {"number": ticket.id},
            message_id=envelope.message_id,
            date=now,
        )
    await outbox.put(
        channel="mail" if envelope else "telegram",
        conversation=outbox.mail_conversation(made.to_value) if envelope else outbox.private(int(made.to_value)),
        key=f"code:{made.id}",
        content=contents.Code(
            language=ticket.language,
            number=ticket.id,
            envelope=envelope,
            challenge=made.id,
            by=made.from_kind,
            hours=max(1, round(desk.codes.life.total_seconds() / 3600)),
        ),
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )


async def digits(desk: Desk, challenge_id: int) -> str:
    """The code of a challenge, made when its letter leaves; empty when it is not to be used any more."""
    made = await Challenge.get_or_none(id=challenge_id)
    return desk.signer.code(made.salt, made.digest) if made is not None and made.state == ChallengeState.WAITING else ""


async def _tell(desk: Desk, ticket: Ticket, made: Challenge, outcome: str, now: datetime) -> None:
    """Tell the requester, where they write from, what became of their code and what to do."""
    way = await way_back(desk, ticket, now)
    await outbox.put(
        channel=way.channel,
        conversation=way.conversation,
        key=f"code_news:{made.id}:{outcome}:{made.tries}:{now.isoformat()}",
        content=contents.CodeNews(
            language=ticket.language,
            number=way.number,
            joined=way.joined,
            envelope=way.envelope,
            outcome=outcome,
            left=made.tries,
            shown=masked(made.to_kind, made.to_value),
            hours=max(1, round(desk.codes.life.total_seconds() / 3600)),
        ),
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )


async def is_right(desk: Desk, place: Place, code: str, now: datetime) -> bool:
    """Whether a number is the code that waits: for who is asked for something else at the same moment."""
    sent = Challenge.filter(from_kind=place.kind, from_value=place.value, created_at__gt=now - REMEMBERED)
    made = await sent.order_by("-id").first()
    return made is not None and made.digest == desk.signer.code_digest(made.salt, code, made.digest)


async def would_answer(desk: Desk, place: Place, code: str, now: datetime) -> bool:
    """Whether a number from a contact answers a code of ours, right or wrong."""
    sent = Challenge.filter(from_kind=place.kind, from_value=place.value, created_at__gt=now - REMEMBERED)
    known = await sent.order_by("-id")
    right = [one for one in known if one.digest == desk.signer.code_digest(one.salt, code, one.digest)]
    return bool(known) and _came(known[0], right, now) is not None


async def answered(desk: Desk, place: Place, code: str, now: datetime) -> Came | None:
    """A number came back from a contact; what it was, which they are told. None: it answers no code of ours."""
    sent = Challenge.filter(from_kind=place.kind, from_value=place.value, created_at__gt=now - REMEMBERED)
    known = await sent.select_for_update(of=("challenge",)).order_by("-id")
    if not known:
        return None
    made, right = known[0], [one for one in known if one.digest == desk.signer.code_digest(one.salt, code, one.digest)]
    came = _came(made, right, now)
    if came is None:
        return None
    ticket = await Ticket.get(id=made.ticket_id)
    if came in {Came.WRONG, Came.SPENT}:
        made.tries -= 1
        if came == Came.SPENT:
            made.state, made.ended_at = ChallengeState.SPENT, now
        await made.save(update_fields=["tries", "state", "ended_at"])
        await history.add(ticket.id, history.DESK, Action.CODE_WRONG, {"challenge": made.id, "left": made.tries}, now)
    if came == Came.LATE:
        to, from_ = Place(made.to_kind, made.to_value), Place(made.from_kind, made.from_value)
        if await _enough(desk, ticket, to, now):
            came = Came.LATE_ENDED
        else:
            await _sent(desk, ticket, to, from_, history.DESK, now, "resent")
    if came == Came.PROVED:
        await _proved(desk, ticket, made, now)
    if came != Came.LATE:  # of the new one they are told already
        await _tell(desk, ticket, made, came, now)
    await _tell_staff(ticket, made, came, now)
    return came


def _came(made: Challenge, right: list[Challenge], now: datetime) -> Came | None:
    if made.state == ChallengeState.PROVED:
        return Came.AGAIN if made in right else None
    if made.state == ChallengeState.SPENT:
        return Came.SPENT if made in right else None
    if made.state == ChallengeState.REPLACED:
        return None
    if made.expires_at <= now:
        return Came.LATE
    if made in right:
        return Came.PROVED
    if right:
        return Came.OLDER
    return Came.SPENT if made.tries <= 1 else Came.WRONG


async def _proved(desk: Desk, ticket: Ticket, made: Challenge, now: datetime) -> None:
    made.state, made.ended_at = ChallengeState.PROVED, now
    await made.save(update_fields=["state", "ended_at"])
    await Verification.create(
        ticket=ticket,
        kind=made.from_kind,
        value=made.from_value,
        level=Level.CODE,
        compared=["code"],
        by=made.sent_by,
        at=now,
    )
    await history.add(ticket.id, history.DESK, Action.PROVED_BY_CODE, {"challenge": made.id}, now)
    await gate.look_again(desk, ticket, now)
    await topic.refresh_card(await legs.head(ticket), now)


async def _tell_staff(ticket: Ticket, made: Challenge, came: Came, now: datetime) -> None:
    """Say in the topic what concerns staff; a wrong try that leaves others is no news."""
    said = {
        Came.PROVED: N_("🔑 The code came back: the requester controls %(shown)s, which the operator holds."),
        Came.SPENT: N_("🔑 Too many wrong codes came: this one is void. Compare facts (/verify), or send another (/code)."),
        Came.LATE: N_("🔑 The code came back too late; a new one was sent to %(shown)s."),
        Came.LATE_ENDED: N_("🔑 The code came back too late, and no more are sent today. Compare facts: /verify."),
    }
    if came in said:
        shown = {"shown": masked(made.to_kind, made.to_value)} if "%(shown)s" in said[came] else {}
        await topic.tell(ticket, said[came], shown, now, key=f"code:{made.id}:{came}:{now.isoformat()}")


async def over(desk: Desk, row: Outbox, _now: datetime) -> bool:
    """Whether a letter bears a code that is not to be used any more."""
    return not await digits(desk, contents.of(row, contents.Code).challenge)


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.Code,
        sent=letters.whole(letters.nothing_follows),
        overtaken=over,
        undoable=False,
        gated=False,
        unreached=N_("⚠️ The code did not reach the address that the operator holds: %(why)s"),
    )
)
NEWS = letters.register(
    letters.DecidedLetter(
        content=contents.CodeNews, sent=letters.whole(letters.nothing_follows), undoable=False, gated=False, addressed=True
    )
)
