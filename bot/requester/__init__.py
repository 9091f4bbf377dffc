"""The requester's side: private chats with the bot. `setup()` gives the router that the door asks first."""

from aiogram import F, Router

from bot.requester import messages


def setup() -> Router:
    """The router of private chats; it hears nothing of groups."""
    router = Router(name="requester")
    for observer in (router.message, router.edited_message):
        observer.filter(F.chat.type == "private")
    router.callback_query.filter(F.message.chat.type == "private")
    router.include_router(messages.setup())
    return router
