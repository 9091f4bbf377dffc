"""The staff group: replies and notes, buttons, commands, and what happens to the group itself.

The members of the configured group are staff; nobody else is, whatever they send and wherever it comes from.
"""

from aiogram import Router

from bot.staff import (
    addressing,
    answers,
    blocking,
    buttons,
    closing,
    codes,
    commands,
    corrections,
    destroying,
    disclosure,
    incident,
    kinds,
    later,
    mandate,
    merging,
    messages,
    of_authority,
    opening,
    processors,
    proving,
    refusal,
    rooms,
    standing,
    steps,
    unsure,
    verifying,
    whole,
    young,
)
from bot.staff.binding import Bound
from bot.staff.hearing import Hearing
from bot.staff.permission import InStaffGroup, Refusals
from bot.staff.standing import MembersOnly
from bot.staff.talk import Talks


def setup() -> Router:
    """The router of the group, and of every other group the bot is put into."""
    group = Router(name="staff")
    for observer in (group.message, group.edited_message, group.callback_query):
        observer.filter(InStaffGroup())
        observer.middleware(Refusals())
        observer.middleware(Talks())
    for observer in (group.message, group.edited_message, group.callback_query):
        observer.outer_middleware(MembersOnly())
    group.callback_query.outer_middleware(Bound())
    group.message.outer_middleware(Hearing())
    # Service messages first, the commands before the words, words last.
    group.include_routers(
        rooms.in_group(),
        unsure.asking(messages.doubt),
        unsure.answering(group),
        messages.edits(group),
        refusal.setup(),
        processors.setup(),
        blocking.setup(),
        destroying.setup(),
        disclosure.setup(),
        answers.setup(),
        closing.setup(),
        addressing.setup(),
        opening.setup(),
        incident.setup(),
        corrections.setup(),
        kinds.setup(),
        merging.setup(),
        steps.setup(),
        proving.setup(),
        later.setup(),
        verifying.setup(),
        young.setup(),
        of_authority.setup(),
        codes.setup(),
        mandate.setup(),
        whole.setup(),
        commands.setup(),
        buttons.setup(),
        messages.setup(),
    )
    root = Router(name="groups")
    root.include_routers(rooms.membership(), standing.setup(), group, rooms.elsewhere())
    return root
