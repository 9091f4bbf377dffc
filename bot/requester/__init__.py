"""The requester's side: private chats with the bot. `setup()` gives the router that the door asks first."""

from aiogram import F, Router

from bot.filters import Fits
from bot.requester import codes, commands, dialog, messages, reactions
from bot.requester.talk import Talks


def setup() -> Router:
    """The router of private chats; it hears nothing of groups. Commands, codes that come back, the dialog, all other messages."""
    router = Router(name="requester")
    for observer in (router.message, router.edited_message):
        observer.filter(Fits(F.chat.type == "private"))
    router.callback_query.filter(Fits(F.message.chat.type == "private"))
    for observer in (router.message, router.edited_message, router.callback_query):
        # Outer: the filters of the dialog look into the talk.
        observer.outer_middleware(Talks())
    router.include_routers(
        commands.setup(), codes.setup(), dialog.setup(), messages.setup(), reactions.setup(), commands.catch_all()
    )
    return router
