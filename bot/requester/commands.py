"""The bot's commands in a private chat, and the buttons that lead from screen to screen."""

from html import escape

from aiogram import F, Router
from aiogram.filters import Command, CommandStart
from aiogram.filters.command import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.filters import Fits
from bot.requester import dialog, mine
from bot.requester.kinds import KINDS
from bot.requester.menu import greeting, helped, languages, menu, speak
from bot.requester.steps import half_way
from bot.requester.talk import Screen, Talk
from bot.requester.taps import Go, Here, OnPaper, See, Speak
from desk.i18n import LANGUAGES
from desk.ports import Outcome
from models import Became


def setup() -> Router:
    router = Router(name="requester commands")
    router.message.register(start, CommandStart())
    router.message.register(menu_asked, Command("menu"))
    router.message.register(help_asked, Command("help", "privacy"))
    router.message.register(language_asked, Command("language", "lang"))
    router.message.register(status_asked, Command("status"))
    router.message.register(cancel_asked, Command("cancel"))
    router.message.register(stop_asked, Command("stop"))
    # A word with a stroke alone; a command with words after it is a message like any other.
    router.message.register(unknown_command, Fits(F.text.regexp(r"^/\w+(@\w+)?\s*$")))
    router.callback_query.register(screen_tapped, Go.filter())
    router.callback_query.register(language_tapped, Speak.filter())
    router.callback_query.register(ticket_tapped, See.filter())
    router.callback_query.register(here_tapped, Here.filter())
    router.callback_query.register(paper_tapped, OnPaper.filter())
    return router


def catch_all() -> Router:
    """Taps that nobody knows: buttons of an older version, or forged ones."""
    router = Router(name="requester strange taps")
    router.callback_query.register(strange_tap)
    return router


async def strange_tap(tap: CallbackQuery, talk: Talk) -> Outcome:
    return await talk.stale(tap)


async def start(message: Message, command: CommandObject, talk: Talk) -> Outcome:
    """Say who we are and what can be asked for; offer what was left half-way. A link may name the kind to begin with."""
    talk.leave_draft()
    if (draft := talk.half_way) is not None:
        asked = command.args if command.args in KINDS and command.args != draft.kind else ""
        talk.next_turn()
        await talk.show(half_way(talk, draft, other=asked))
        return Outcome(Became.OFFERED)
    if command.args in KINDS:
        return await dialog.begun(talk, command.args)
    await talk.show(greeting(talk))
    return Outcome(Became.GREETED)


async def menu_asked(message: Message, talk: Talk) -> Outcome:
    return await _elsewhere(talk, menu(talk), Became.MENU)


async def help_asked(message: Message, talk: Talk) -> Outcome:
    return await _elsewhere(talk, helped(talk), Became.HELP)


async def language_asked(message: Message, talk: Talk) -> Outcome:
    return await _elsewhere(talk, languages(talk), Became.LANGUAGE)


async def status_asked(message: Message, talk: Talk) -> Outcome:
    return await _elsewhere(talk, await mine.listing(talk), Became.STATUS)


async def cancel_asked(message: Message, talk: Talk) -> Outcome:
    return await dialog.cancelled(talk)


async def stop_asked(message: Message, talk: Talk) -> Outcome:
    """Nothing is sent without being asked for, so there is nothing to stop but what was begun; the requests stay in work."""
    talk.draft = None
    talk.data.pop("shelf", None)
    talk.next_turn()
    told = talk._(
        "Unfinished things are dropped; requests that were sent stay in work, and their answers come here. "
        "If you want no messages at all, block this bot in Telegram: the term of a request runs all the same."
    )
    return await _elsewhere(talk, menu(talk, escape(told)), Became.STOPPED)


async def unknown_command(message: Message, talk: Talk) -> Outcome:
    return await _elsewhere(talk, helped(talk, escape(talk._("I do not know this command."))), Became.HELP)


async def _elsewhere(talk: Talk, screen: Screen, word: Became, at: int | None = None) -> Outcome:
    """Show a screen that is no step of a dialog."""
    talk.leave_draft()
    await talk.show(screen, at=at)
    return Outcome(word)


async def screen_tapped(tap: CallbackQuery, callback_data: Go, talk: Talk) -> Outcome:
    """Another screen in the place of this one."""
    here = tap.message.message_id if tap.message else None
    if callback_data.to == "status":
        screen = await mine.listing(talk, callback_data.page)
    elif callback_data.to in SCREENS:
        screen = SCREENS[callback_data.to](talk)
    else:
        return await talk.stale(tap)
    await talk.toast(tap)
    return await _elsewhere(talk, screen, Became(callback_data.to), here)


SCREENS = {"menu": menu, "help": helped, "language": languages}


async def language_tapped(tap: CallbackQuery, callback_data: Speak, talk: Talk) -> Outcome:
    """Go on in another language; a request half-way goes on as well."""
    if callback_data.language not in LANGUAGES:
        return await talk.stale(tap)
    await speak(talk, callback_data.language)
    await talk.toast(tap)
    here = tap.message.message_id if tap.message else None
    return await _elsewhere(talk, greeting(talk), Became.LANGUAGE, here)


async def ticket_tapped(tap: CallbackQuery, callback_data: See, talk: Talk) -> Outcome:
    """One of the person's own requests; nobody sees another's."""
    screen = await mine.details(talk, callback_data.ticket, callback_data.page)
    if screen is None:
        return await talk.stale(tap)
    await talk.toast(tap)
    return await _elsewhere(talk, screen, Became.STATUS, tap.message.message_id if tap.message else None)


async def here_tapped(tap: CallbackQuery, callback_data: Here, talk: Talk) -> Outcome:
    """What is written next goes to this request."""
    screen = await mine.chosen(talk, callback_data.ticket)
    if screen is None:
        return await talk.stale(tap)
    await talk.toast(tap)
    return await _elsewhere(talk, screen, Became.CHOSEN, tap.message.message_id if tap.message else None)


async def paper_tapped(tap: CallbackQuery, callback_data: OnPaper, talk: Talk) -> Outcome:
    """The statement of one of the person's own requests comes as a PDF to sign."""
    if not await mine.on_paper(talk, callback_data.ticket):
        return await talk.stale(tap)
    await talk.toast(tap, talk._("The paper comes in the next message."))
    return Outcome(Became.CHOSEN, callback_data.ticket)
