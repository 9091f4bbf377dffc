"""The requester's side: private chats with the bot. `setup()` gives the router that the door asks first."""

from aiogram import F, Router

from bot.requester import commands, dialog, messages, reactions
from bot.requester.talk import Talks


def setup() -> Router:
    """The router of private chats; it hears nothing of groups. Commands first, then the dialog, then every other message."""
    router = Router(name="requester")
    for observer in (router.message, router.edited_message):
        observer.filter(F.chat.type == "private")
    router.callback_query.filter(F.message.chat.type == "private")
    for observer in (router.message, router.edited_message, router.callback_query):
        # Outer: the filters of the dialog look into the talk.
        observer.outer_middleware(Talks())
    router.include_routers(commands.setup(), dialog.setup(), messages.setup(), reactions.setup(), commands.catch_all())
    return router
