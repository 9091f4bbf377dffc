"""The card: the pinned first message of a topic, which says who wants what until when, and what to tap."""

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

import structlog
from aiogram.methods import PinChatMessage

from bot import repeated
from bot.blockings import blocking_line
from bot.callbacks import CardTap, GuessTap
from bot.calls import Errand
from bot.echoes import adopted
from bot.format import clock_time, day_and_time, done_words, kind_short, short_day
from bot.postings.staff import first_words
from bot.postings.staff.incident import progress_words
from bot.postings.staff.topics import Icons, follow, rename
from bot.proof_words import proof_words
from bot.screens import Button, Rows, button
from bot.text import N_, clip, short
from desk import contents
from desk.disclosure import mandates
from desk.errors import DeskError, Misconfigured, Permanent
from desk.i18n import words
from desk.law.rules import STEPS as STEPS_CLOCK
from desk.ports import Delivered
from desk.terms.steps import StepView
from desk.ticket.stated import stated
from desk.ticket.topic import pin_later
from desk.views import cards
from models import Ending, Level, Posted, Way

log = structlog.get_logger(__name__)

# A card shows so many clocks and buttons of clocks; a ticket with more says how many are left out.
CLOCKS = 8
SCHEDULED = 5
LEGS = 6
REMARKS = 3
BLOCKINGS = 4
STEPS = 10
# So many characters of what proves a step stand beside it.
PROOF = 80
SEVERAL = 3
BUTTON_WORDS = 48


async def card(errand: Errand, icons: Icons) -> Delivered:
    """Show the present state: the first time sent and pinned quietly, later edited; a card that vanished is sent anew.

    While many wait for their turn a card bears the first words, and is pinned when there is room again.
    """
    assert errand.ticket is not None
    seen = await cards.card(errand.desk, errand.ticket, errand.now)
    html = card_html(seen, errand.desk.operator.zone, errand.language, errand.now)
    buttons = card_buttons(seen, errand.language)
    known = errand.card
    if known and await errand.edit(
        known, await first_words.below(errand, html, await first_words.on_card(errand, known)), buttons
    ):
        await rename(errand, icons, seen)
        await follow(errand, seen)
        return errand.delivered()
    # The card itself replies to nothing, also where other postings reply to it.
    errand.anchor = None
    first = await first_words.waiting(errand, html)

    async def send() -> list[int]:
        if errand.row.attempts > 1:
            before = await adopted(errand, Posted.CARD) or await repeated.lost_card(errand)
            if before is not None:
                return [before]
        return [await errand.post(await first_words.below(errand, html, first), buttons=buttons, silent=bool(known))]

    made = await errand.once("card", Posted.CARD, send, [first.id] if first else ())
    if errand.thread:
        if errand.pace.room(errand.chat)[0] > 0:
            await _pin(errand, made[0])
        else:
            await pin_later(errand.ticket, made[0], errand.now)
        await rename(errand, icons, seen)
        await follow(errand, seen)
    return errand.delivered()


async def pin(errand: Errand) -> Delivered:
    """Pin a card that was left unpinned when it was posted; one that is the card no more stays as it is."""
    if errand.thread and errand.card == errand.content(contents.Pin).card:
        await _pin(errand, errand.card)
    return errand.delivered()


async def _pin(errand: Errand, message_id: int) -> None:
    """Pin quietly. A card that cannot be pinned is a card all the same."""
    try:
        await errand.call(PinChatMessage(chat_id=errand.chat, message_id=message_id, disable_notification=True), cost=0)
    except (Misconfigured, Permanent) as error:
        log.warning("card not pinned", why=error.sentence)
    except DeskError as error:
        # The card is posted: a repeat would post it twice.
        log.warning("card not pinned for the moment", why=error.sentence)


def _(message: str, language: str) -> str:
    return words("bot", language).gettext(message)


def card_html(card: cards.Card, zone: ZoneInfo, language: str, now: datetime) -> str:
    """The words of the card."""
    parts = [f"<b>№ {card.number}</b> · " + _state(card, now, language)]
    kinds = [_kind(one, zone, language) for one in card.kinds[:CLOCKS]]
    # Of several each is close to the next: what is due when has to be near the top.
    parts += kinds if len(kinds) < SEVERAL else ["\n".join(kinds)]
    if card.candidates and card.merged_into is None:
        unsure = ", ".join(kind_short(one, language) for one in card.candidates)
        parts.append(
            "❔ " + _("Perhaps also demanded: %(kinds)s. Read the message and tap what is.", language) % {"kinds": escape(unsure)}
        )
    about = [
        f"👤 {who(card, language)}",
        "📥 " + _("Received %(when)s", language) % {"when": day_and_time(card.received_at, zone, language)},
    ]
    about[-1] += f" · {_channel(card.channel, language)}"
    if len(card.legs) > 1:
        about += [_leg(one, zone, language) for one in card.legs[:LEGS]]
    about += [_registration(one, zone, language) for one in card.registered[:LEGS]]
    if card.represented:
        about.insert(1, "🤝 " + _("On behalf of: %(whom)s", language) % {"whom": escape(", ".join(card.represented.values()))})
    about[1:1] = _identity(card, language)
    if card.subject:
        about.append("✉️ " + escape(clip(" ".join(card.subject.split()), 120)))
    about += [_scheduled(one, zone, language) for one in card.scheduled[:SCHEDULED]]
    if card.attachments:
        about.append("📎 " + _("Files: %(count)d", language) % {"count": card.attachments})
    about += ["ℹ️ " + escape(_(one["words"], language) % one["params"]) for one in card.remarks[:REMARKS]]
    parts.append("\n".join(about))
    if card.merged_into is not None:
        # Its terms run there, and what is answered is answered there.
        return "\n\n".join(parts)
    if card.clocks:
        # What still runs is never left out for what is over.
        shown = sorted(card.clocks, key=lambda one: one.stopped_at is not None)[:CLOCKS]
        parts.append("\n".join(_clock(one, card, zone, language, now) for one in shown))
    if len(card.clocks) > CLOCKS:
        more = len(card.clocks) - CLOCKS
        ngettext = words("bot", language).ngettext
        parts.append(ngettext("… and %(count)d more term", "… and %(count)d more terms", more) % {"count": more})
    if card.untold:
        # All the dates of a demand wait for one thing as a rule: it is said once.
        parts.append(
            "\n".join(
                [
                    *(_untold(one, language) for one in card.untold),
                    *(escape(why) for why in dict.fromkeys(one.why for one in card.untold)),
                ]
            )
        )
    parts += _steps(card, language)
    if card.blockings:
        parts.append("\n".join(blocking_line(one, zone, language) for one in card.blockings[-BLOCKINGS:]))
    if card.notices is not None:
        parts.append(
            "📨 " + _("Notices to people: %(state)s", language) % {"state": escape(progress_words(card.notices, language))}
        )
    if card.confirmed[1]:
        said = _("Processors: %(done)d of %(all)d confirmed", language)
        parts.append("🏭 " + said % {"done": card.confirmed[0], "all": card.confirmed[1]})
    parts.append("🧑‍💼 " + (escape(card.assignee) if card.assignee else _("Nobody has taken it yet", language)))
    parts.append(
        "<i>" + _("Reply to the requester’s message or to this card to answer. Anything else here is a note.", language) + "</i>"
    )
    return "\n\n".join(parts)


def _untold(one: cards.Untold, language: str) -> str:
    return f"❔ <b>{escape(one.label)}</b> — " + _("the date cannot be told yet", language)


def _kind(kind: cards.Kind, zone: ZoneInfo, language: str) -> str:
    """A demand with its article; one that was not met says on which ground."""
    lines = [f"<b>{escape(kind.name)}</b>", f"<i>{escape(kind.article)}</i>"]
    if kind.known is not None:
        lines.append(escape(_known(kind.known, zone, language)))
    if kind.ending is not None:
        lines.append(escape(clip(ending_words(kind.ending, zone, language), 200)))
    return "\n".join(lines)


def _known(known: cards.Known, zone: ZoneInfo, language: str) -> str:
    said = _("🔎 Detected on %(when)s", language) if known.detected else _("📎 The proof came on %(when)s", language)
    counts = _("the terms count from it", language) if known.counts else _("the terms count from the receipt", language)
    parts = [said % {"when": day_and_time(known.at, zone, language)}, counts, clip(known.why, 120)]
    return " · ".join(filter(None, parts))


def ending_words(ending: cards.Ending, zone: ZoneInfo, language: str) -> str:
    """How a demand ended that was not met: when and on which ground."""
    said = {
        Ending.REFUSED: _("🚫 Refused on %(date)s: %(ground)s", language),
        Ending.CONTINUED: _("⚖️ Processing goes on, told on %(date)s: %(ground)s", language),
        Ending.DROPPED: _("🗑 Closed unmet on %(date)s: %(ground)s", language),
    }
    # The common reasons of a closing are sentences of the catalogue; other words and articles stay as they are.
    ground = _(ending.ground, language) if ending.ground else "—"
    return said[ending.outcome] % {"date": short_day(ending.at.astimezone(zone).date()), "ground": ground}


def _steps(card: cards.Card, language: str) -> list[str]:
    """The steps that have no term of their own, ticked or not; those with one stand among the terms."""
    own = [one for one in card.steps if not one.timed and (one.done_at is not None or one.open)]
    if not own:
        return []
    shown = own if len(own) <= STEPS else [one for one in own if one.done_at is None][:STEPS]
    several, lines, demand = len({one.demand for one in own}) > 1, list[str](), 0
    for one in shown:
        if several and one.demand != demand:
            lines.append(f"<i>{escape(kind_short(one.kind, language))}:</i>")
        demand = one.demand
        lines.append(_step(one, language))
    more = sum(one.done_at is None for one in own) - sum(one.done_at is None for one in shown)
    if more:
        ngettext = words("bot", language).ngettext
        lines.append(ngettext("… and %(count)d more step", "… and %(count)d more steps", more) % {"count": more})
    return ["\n".join(lines)] if lines else []


def _step(one: StepView, language: str) -> str:
    """A step in a line, with what proves it."""
    if one.done_at is None:
        return f"☐ {escape(one.name)}" + (f" <i>({escape(_('if needed', language))})</i>" if one.optional else "")
    if one.aside:
        return f"➖ <s>{escape(one.name)}</s> <i>{escape(clip(stated(' '.join(one.evidence.split()), language), PROOF))}</i>"
    shown = clip(proof_words(one.proof, language), PROOF) if one.proof is not None else ""
    return f"✅ <s>{escape(one.name)}</s>" + (f" <i>{escape(shown)}</i>" if shown else "")


def _state(card: cards.Card, now: datetime, language: str) -> str:
    if card.merged_into is not None:
        return "↪️ " + _("joined № %(number)s", language) % {"number": card.merged_into}
    if card.status == "closed":
        return "✅ " + _("closed", language)
    if any(one.due_at <= now and not one.immediate and one.stopped_at is None for one in card.clocks):
        return "🔴 " + _("overdue", language)
    return "🟢 " + _("open", language)


def level_words(level: Level, language: str) -> str:
    """How far somebody is proved, in a word or two."""
    return {
        Level.SAID: _("not verified", language),
        Level.SENDER: _("as the sender states", language),
        Level.AUTHENTICATED: _("sender authenticated", language),
        Level.CODE: _("verified by code", language),
        Level.DOCUMENT: _("verified by document", language),
        Level.STAFF: _("verified by staff", language),
    }[level]


# How something came that no door of the desk has taken.
CAME = {
    Way.PAPER: N_("on paper"),
    Way.VISIT: N_("at a visit"),
    Way.PHONE: N_("by phone"),
    Way.PORTAL: N_("over a portal"),
    Way.ORDER: N_("document of an authority"),
    Way.INCIDENT: N_("found by ourselves"),
    Way.PURPOSE: N_("purpose reached"),
}


def _identity(card: cards.Card, language: str) -> list[str]:
    """How far whoever gets the answers is proved, and by what right they speak for somebody else."""
    lines = []
    if card.identity > Level.AUTHENTICATED:
        lines.append("🪪 " + _("Who gets the answers: %(level)s", language) % {"level": level_words(card.identity, language)})
    if card.speaker:
        stands = {
            "checked": _("document checked", language),
            "expired": _("⌛️ document expired: no personal data leave", language),
        }.get(card.mandate, _("document not checked: no personal data leave (/mandate)", language))
        lines.append("🤝 " + _(mandates.ROLES[card.speaker], language).capitalize() + " — " + stands)
    if card.minor:
        young = _("under 14: answers go to the parent", language) if card.minor == mandates.UNDER_14 else _("14 to 18", language)
        lines.append("🧒 " + _("The requester is a minor: %(age)s", language) % {"age": young})
    if card.stopped:
        ngettext = words("bot", language).ngettext
        waiting = ngettext("%(count)d answer waits for a decision", "%(count)d answers wait for a decision", card.stopped)
        lines.append("🔒 " + waiting % {"count": card.stopped})
    return lines


def who(card: cards.Card, language: str) -> str:
    """The requester of a card with every contact and how far it is proved, as HTML."""
    contacts = [f"{escape(shown)} ({level_words(verified, language)})" for _kind, shown, verified in card.contacts]
    return " · ".join([escape(card.requester) or _("no name given", language), *contacts])


def _channel(channel: str, language: str) -> str:
    if channel in set(Way):
        return _(CAME[Way(channel)], language)
    return {"telegram": "Telegram", "mail": _("e-mail", language)}.get(channel, channel)


def _registration(one: cards.Registered, zone: ZoneInfo, language: str) -> str:
    """What staff have registered by hand: how it came, under which numbers, and both moments of a paper letter."""
    lines = [f"📥 <b>{escape(_channel(one.way, language))}</b>"]
    if one.number:
        lines[0] += " · " + escape(_("incoming № %(number)s", language) % {"number": one.number})
    document = " ".join(
        filter(
            None,
            [
                f"№ {one.document_number}" if one.document_number else "",
                short_day(one.document_date) if one.document_date else "",
            ],
        )
    )
    if document:
        lines[0] += f" · {escape(document)}"
    for words_of, moment in (
        (N_("first delivery attempt: %(when)s"), one.attempted_at),
        (N_("handed over: %(when)s"), one.handed_over_at),
    ):
        if moment is not None:
            lines.append(escape(_(words_of, language) % {"when": day_and_time(moment, zone, language)}))
    lines += [escape(f"{mark} {said}") for mark, said in (("🏤", one.postal), ("☎️", one.phone)) if said]
    return "\n".join(lines)


def _leg(leg: cards.Leg, zone: ZoneInfo, language: str) -> str:
    """One of several ways by which the matter came; the first of them is the receipt that counts."""
    words = f"• {_channel(leg.channel, language)} · № {leg.number} · {day_and_time(leg.received_at, zone, language)}"
    return f"{words} ← {_('counts', language)}" if leg.earliest else words


def _clock(clock: cards.ClockView, card: cards.Card, zone: ZoneInfo, language: str, now: datetime) -> str:
    """A term in a line or two: what, the safe date first, then the statutory one with its article."""
    label = escape(clock.label)
    if any(one.label == clock.label and one.id != clock.id for one in card.clocks):
        label += f" ({escape(kind_short(clock.kind, language))})"
    if clock.stopped_at is not None:
        step = next((one for one in card.steps if one.clock == clock.id and one.proof is not None), None)
        proof = clip(proof_words(step.proof, language), PROOF) if step is not None and step.proof is not None else ""
        mark = "✅" if clock.done else "🚫"
        line = f"{mark} <s>{label}</s> {short_day(clock.stopped_at.astimezone(zone).date())}"
        return line + (f" <i>{escape(proof)}</i>" if proof else "")
    if clock.immediate:
        return f"⚡️ <b>{label}</b> — " + _("at once", language) + _article(clock)
    late = clock.due_at <= now
    hours = _hours(clock, zone, language)
    if hours:
        return ("🔴" if late else "⏰") + f" <b>{label}</b> — {hours}" + _article(clock)
    safe = _("until %(date)s", language) % {"date": short_day(clock.safe)}
    line = ("🔴" if late else "🗓") + f" <b>{label}</b> — <b>{safe}</b>"
    if clock.due != clock.safe:
        by = {
            "statute": _("by law %(date)s", language),
            "policy": _("by the policy %(date)s", language),
            "own": _("at the latest %(date)s", language),
        }
        line += ", " + by[clock.basis] % {"date": short_day(clock.due)}
    return line + _article(clock)


def _hours(clock: cards.ClockView, zone: ZoneInfo, language: str) -> str:
    """The moment of a term that is counted in hours; empty for one of days, which ends at midnight."""
    at = clock_time(clock.due_at, zone)
    if at == "00:00":
        return ""
    return _("until %(date)s", language) % {"date": f"{short_day(clock.due_at.astimezone(zone).date())} {at}"}


def _article(clock: cards.ClockView) -> str:
    return f"\n      <i>{escape(clock.article)}</i>" if clock.article else ""


def card_buttons(card: cards.Card, language: str) -> Rows:
    """One tap for each step that is open now; none where the matter goes on in another ticket."""
    if card.merged_into is not None:
        return []
    if card.status == "closed":
        return [[_tap(_("Reopen", language), "reopen", card)]]
    first = [] if card.assignee else [_tap("🙋 " + _("Take", language), "take", card)]
    running = [one for one in card.clocks if one.stopped_at is None and one.key != STEPS_CLOCK]
    # The steps of each demand in the order of its rule.
    kinds = [one.kind for one in card.kinds]
    running.sort(key=lambda one: (kinds.index(one.kind), one.step))
    rows = [[_done(one, card, language)] for one in running[:CLOCKS]]
    rows += [[_extend(one, card, language)] for one in running[:CLOCKS] if one.extendable]
    if any(one.refusable for one in card.kinds) and running:
        first.append(_tap("🚫 " + _("Refuse", language), "refuse", card))
    rows = [*_guesses(card, language), *rows]
    looks = [_tap("✉️ " + _("Letter", language), "letter", card)]
    looks += [_tap("☑️ " + _("Steps", language), "steps", card)] if card.steps else []
    rows.append(looks)
    return [[*first, _tap(_("Close", language), "close", card)], *rows]


def _guesses(card: cards.Card, language: str) -> Rows:
    """One tap for each kind that is only likely, and one for none of them."""
    taps = [
        button(short("❔ " + kind_short(one, language), BUTTON_WORDS), GuessTap(choice="is", ticket=card.number, kind=one).pack())
        for one in card.candidates
    ]
    if not taps:
        return []
    none = button("❔ " + _("None of these", language), GuessTap(choice="none", ticket=card.number).pack())
    return [*(taps[place : place + 2] for place in range(0, len(taps), 2)), [none]]


def _extend(clock: cards.ClockView, card: cards.Card, language: str) -> Button:
    text = short("⏳ " + _("Extend: %(what)s", language) % {"what": clock.label}, BUTTON_WORDS)
    return button(text, CardTap(choice="extend", ticket=card.number, clock=clock.id).pack())


def _scheduled(one: cards.Scheduled, zone: ZoneInfo, language: str) -> str:
    if one.held:
        return "✋ " + _("A reply waits for a manager’s release", language)
    line = "🕒 " + _("A reply goes out on %(when)s", language) % {"when": day_and_time(one.at, zone, language)}
    return f"{line} ⚠️ " + _("after the safe date", language) if one.late else line


def _done(clock: cards.ClockView, card: cards.Card, language: str) -> Button:
    done = done_words(clock.kind, clock.key, clock.label, language)
    others = [one for one in card.clocks if one.id != clock.id and one.stopped_at is None]
    if done in {done_words(one.kind, one.key, one.label, language) for one in others}:
        # The demand first: a phone cuts the end of a button.
        done = f"{kind_short(clock.kind, language)}: {done[:1].lower()}{done[1:]}"
    text = short(f"✓ {done}", BUTTON_WORDS)
    return button(text, CardTap(choice="stop", ticket=card.number, clock=clock.id).pack())


def _tap(text: str, choice: str, card: cards.Card) -> Button:
    return button(text, CardTap(choice=choice, ticket=card.number).pack())
