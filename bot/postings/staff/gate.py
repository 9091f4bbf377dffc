"""Why an answer was not sent: what it holds, who would get it, and the buttons by which staff decide."""

from html import escape

from bot.callbacks import GateTap
from bot.calls import Errand
from bot.postings.staff.cards import level_words
from bot.screens import Rows, button
from bot.text import N_
from desk import contents
from desk.disclosure import gate as desk_gate
from desk.ports import Delivered
from desk.recognising.personal import NUMBERS, Datum
from models import Level, Outbox, OutboxState, Posted

# So much of a digest a button bears.
SEEN = 12
FOUND = {
    Datum.PASSPORT: N_("what looks like a passport number"),
    Datum.DOCUMENT: N_("the number of a person's document"),
    Datum.SNILS: N_("a pension insurance number"),
    Datum.INN: N_("a person's taxpayer number"),
    Datum.CARD: N_("the number of a bank card"),
    Datum.ACCOUNT: N_("a person's bank account"),
    Datum.BIRTH: N_("a date of birth"),
    Datum.PHONE: N_("a phone number"),
    Datum.EMAIL: N_("an e-mail address"),
    Datum.POSTAL: N_("a postal address"),
    Datum.MARKED: N_("personal data, as you marked it"),
}
WHY = {
    desk_gate.MANDATE: N_("The requester speaks for somebody else, and the document of their right was not checked."),
    desk_gate.EXPIRED: N_("The document by which the requester speaks for somebody else has expired."),
    desk_gate.MINOR: N_("The requester is a child under 14: the parent gets the answer."),
}
# The common reasons to let an answer go all the same: what the button is called by, and the words that are kept.
REASONS = {
    "theirs": N_("Their own data, which they told us"),
    "known": N_("I know the person by other means"),
    "duty": N_("An authority that may have it"),
}


async def gate(errand: Errand) -> Delivered:
    """Say what was stopped and why; nothing, when it does not wait any more."""
    told = errand.content(contents.Gate)
    waiting = await Outbox.get_or_none(id=told.reply)
    if waiting is None or waiting.state != OutboxState.WAITING or not contents.of(waiting, contents.Letter).stopped:
        return errand.delivered()
    errand.keep([await errand.post(html(told, errand), buttons=taps(told, errand), reply_to=told.reply_to)], Posted.SCREEN)
    return errand.delivered()


def html(told: contents.Gate, errand: Errand) -> str:
    """The words of the posting."""
    _, language = errand._, errand.language
    found = ", ".join(_(FOUND[Datum(one)]) for one in told.found)
    lines = ["<b>" + escape(_("🔒 Not sent: the answer holds %(what)s.") % {"what": found}) + "</b>"]
    if desk_gate.LEVEL in told.reasons:
        levels = {"level": level_words(Level(told.level), language), "wanted": level_words(Level(told.wanted), language)}
        lines.append(escape(_("Whoever would get it: %(level)s. Personal data leave from “%(wanted)s” on.") % levels))
    lines += [escape(_(WHY[one])) for one in told.reasons if one in WHY]
    if NUMBERS & {Datum(one) for one in told.found}:
        lines.append(escape(_("The number of a document leaves on no reason: take it out, or find out who it is (/verify).")))
    else:
        ways = _("Find out who it is (/verify, /code), change the answer, or answer for it: tap, or reply here with a reason.")
        lines.append(escape(ways))
    return "\n".join(lines)


def taps(told: contents.Gate, errand: Errand) -> Rows:
    """A button for each decision; one tap is enough for a false alarm."""

    def tap(words: str, act: str) -> Rows:
        return [[button(words, GateTap(act=act, reply=told.reply, seen=told.digest[:SEEN]).pack())]]

    rows = tap("✅ " + errand._("A false alarm: nothing personal in it"), "false")
    if not NUMBERS & {Datum(one) for one in told.found}:
        for act, words in REASONS.items():
            rows += tap(errand._(words), act)
    return rows + tap("🗑 " + errand._("Do not send it"), "drop")
