"""The screens outside the dialogs: greeting with the privacy notice, menu, help, language."""

from html import escape

from tortoise.expressions import Q

from bot.requester.draft import Draft
from bot.requester.kinds import KINDS, MENU
from bot.requester.talk import Screen, Talk
from bot.requester.taps import Begin, Go, Half, Speak
from bot.screens import Button, Rows, button, link
from bot.text import N_
from desk.i18n import LANGUAGES, words
from models import Requester, Ticket, TicketStatus

# The commands that Telegram shows in private chats, with their descriptions.
COMMANDS = {
    "start": N_("begin"),
    "menu": N_("what you can ask for"),
    "status": N_("my requests"),
    "language": N_("Русский / English"),
    "help": N_("how it works"),
    "cancel": N_("drop the unfinished request"),
}
NAMES = {"ru": "🇷🇺 Русский", "en": "🇬🇧 English"}


def menu(talk: Talk, before: str = "") -> Screen:
    """What can be asked for; only kinds that the operator's law knows. `before` is HTML."""
    rows: Rows = goes_on(talk)
    for keys in MENU:
        row = [_kind(talk, key) for key in keys if _offered(talk, key)]
        if row:
            rows.append(row)
    rows.append([button(talk._("📋 My requests"), Go(to="status").pack()), button(talk._("❔ Help"), Go(to="help").pack())])
    rows.append(_tongues(talk))
    html = "\n\n".join(part for part in (before, escape(talk._("What would you like to do?"))) if part)
    return Screen(html, rows, folded=f"<i>{escape(talk._('Menu'))}</i>")


def goes_on(talk: Talk) -> Rows:
    """A button that leads back to what was left half-way, where something was."""
    return [[_continue(talk, draft)]] if (draft := talk.half_way) is not None else []


def _continue(talk: Talk, draft: Draft) -> Button:
    words = talk._("▶️ Continue: %(title)s") % {"title": talk._(draft.about.title)}
    return button(words, Half(turn=talk.turn, choice="on").pack())


def _kind(talk: Talk, key: str) -> Button:
    return button(talk._(KINDS[key].label), Begin(kind=key).pack())


def _offered(talk: Talk, key: str) -> bool:
    kind = KINDS[key]
    demanded = {*kind.kinds, *(one for step in kind.steps for option in step.options for one in option.kinds)}
    return demanded <= set(talk.desk.regime.kinds)


def _tongues(talk: Talk) -> list[Button]:
    return [button(NAMES[one], Speak(language=one).pack()) for one in LANGUAGES if one != talk.language]


def greeting(talk: Talk) -> Screen:
    """Who we are, what becomes of the data, and the menu (LAW U13: no scans, no bulk data, e-mail as the other way)."""
    operator = talk.desk.operator
    told = [
        "👋 " + talk._("Hello! This is %(operator)s.") % {"operator": f"<b>{escape(talk.operator)}</b>"},
        escape(talk._("Here you can withdraw consent, ask what personal data we hold about you, or file a claim."))
        + " "
        + escape(talk._("Choose below, or just write in your own words; files are welcome.")),
        privacy(talk),
    ]
    screen = menu(talk, "\n\n".join(told))
    if operator.policy_url.startswith(("http://", "https://")):
        screen.buttons.append([link(talk._("📄 Privacy policy"), operator.policy_url)])
    return screen


def privacy(talk: Talk, language: str = "") -> str:
    """The privacy notice in a few lines of HTML; whoever was shown it once is not told again by itself."""
    talk.data["privacy"] = True
    operator, _ = talk.desk.operator, words("bot", language or talk.language).gettext
    who = ", ".join(part for part in (operator.name, operator.address) if part)
    lines = [
        _("🔐 Operator of the data: %(who)s") % {"who": escape(who)},
        _("What you write is used only to answer you and to prove that we did."),
        _("Telegram's servers are not ours: please send no passport scans and no more data than needed."),
    ]
    mailbox = talk.desk.mailbox()
    if mailbox is not None:
        lines.append(_("You can write by e-mail just as well: %(address)s") % {"address": escape(mailbox.address)})
    return f"<blockquote>{chr(10).join(lines)}</blockquote>"


def helped(talk: Talk, before: str = "") -> Screen:
    """How it works, in a few lines."""
    lines = [
        talk._("1. Choose in the menu, or just write: text, photos, documents, voice."),
        talk._("2. You get a number and the date by which you are answered, with the article of the law."),
        talk._("3. We answer here. Whatever you write or reply goes to your request."),
        talk._("Nothing is charged, and no reason has to be given for a withdrawal."),
    ]
    commands = [f"/{name} — {escape(talk._(what))}" for name, what in COMMANDS.items()]
    html = "\n\n".join(
        part
        for part in (before, f"<b>{escape(talk._('How it works'))}</b>\n" + "\n".join(lines), privacy(talk), "\n".join(commands))
        if part
    )
    return Screen(
        html,
        [[button(talk._("☰ Menu"), Go(to="menu").pack()), *_tongues(talk)]],
        folded=f"<i>{escape(talk._('Help'))}</i>",
    )


def languages(talk: Talk) -> Screen:
    """The choice of the language."""
    rows = [[button(NAMES[one], Speak(language=one).pack())] for one in LANGUAGES]
    return Screen(
        "Выберите язык · Choose your language",
        [*rows, [button(talk._("☰ Menu"), Go(to="menu").pack())]],
        folded=f"<i>{escape(talk._('Language'))}</i>",
    )


async def speak(talk: Talk, language: str) -> None:
    """Speak this language from now on, also about the person's open tickets of this chat."""
    talk.data["language"] = language
    still = Q(status=TicketStatus.OPEN) | Q(merged_into__isnull=False)
    open_here = Ticket.filter(still, chat_id=talk.chat, channel="telegram")
    await open_here.update(language=language)
    await Requester.filter(id__in=[one.requester_id for one in await open_here]).update(language=language)
