"""The overview of a burst in the general room: how many new tickets wait for their topics, which, and what they ask."""

from collections.abc import Iterable

from aiogram.methods import EditMessageText

from bot.calls import Errand
from bot.errors import MessageGone, NotModified
from bot.format import kind_short
from bot.text import MESSAGE_LIMIT, clip
from desk.contents import Overview
from desk.i18n import words
from desk.ports import Delivered
from models import Posted, Receipt


async def overview(errand: Errand) -> Delivered:
    """Post the overview, or edit the one that was posted for this burst."""
    content = errand.content(Overview)
    text = overview_words(content, errand.language)
    shown = Receipt.filter(channel="staff", place=str(errand.chat), role=Posted.OVERVIEW, at__gte=content.burst)
    if (known := await shown.order_by("-id").first()) is not None:
        try:
            await errand.call(EditMessageText(chat_id=errand.chat, message_id=int(known.external_id), text=text))
        except NotModified:
            pass
        except MessageGone:
            errand.keep([await errand.post((text, []))], Posted.OVERVIEW)
        return errand.delivered()
    errand.keep([await errand.post((text, []))], Posted.OVERVIEW)
    return errand.delivered()


def overview_words(content: Overview, language: str) -> str:
    """How many wait, and their numbers by kind."""
    ngettext, gettext = words("bot", language).ngettext, words("bot", language).gettext
    count = sum(len(numbers) for numbers in content.numbers.values())
    if not count:
        return gettext("🌊 All new requests of the last minutes have their topics now.")
    head = ngettext(
        "🌊 %(count)d new request is waiting for its topic:", "🌊 %(count)d new requests are waiting for their topics:", count
    )
    lines = [
        f"• {kind_short(kind or 'any_request', language)} ({len(numbers)}): № {', '.join(_ranges(numbers))}"
        for kind, numbers in content.numbers.items()
    ]
    tail = gettext(
        "Telegram takes so many messages a minute; the pressing ones come first. Nobody waits for an acknowledgement.\n"
        "Reply here with a number to see that one next; with a number and words to answer its requester."
    )
    body = clip("\n".join([head % {"count": count}, *lines]), MESSAGE_LIMIT - len(tail) - 2)
    return f"{body}\n\n{tail}"


def _ranges(numbers: Iterable[int]) -> list[str]:
    """Numbers as people write them: 3–7, 9."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return [str(first) if first == last else f"{first}–{last}" for first, last in found]
