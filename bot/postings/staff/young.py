"""That the requester, or the child they speak for, seems to be under age, and the buttons for what follows."""

from html import escape

from bot.callbacks import YoungTap
from bot.calls import Errand
from bot.screens import Rows, button
from bot.text import N_
from desk import contents
from desk.disclosure.mandates import UNDER_14
from desk.ports import Delivered
from models import Posted

WRITER_14 = N_(
    "🧒 The requester seems to be under 14. Answers go to a parent, who has to write themselves; data of a child were processed: "
    "is it an unlawful processing?"
)
WRITER_18 = N_(
    "🧒 The requester seems to be 14 to 18: their own withdrawal and refusal of advertising are accepted. For data of others a "
    "parent has to write."
)
CHILD_14 = N_(
    "🧒 The letter is about a child under 14, whose data should not be here by the policy: is it an unlawful processing?"
)


async def young(errand: Errand) -> Delivered:
    """What was read, and what staff can do about it; of a child of 14 to 18 whose parent writes there is nothing to do."""
    told = errand.content(contents.Young)
    assert errand.ticket is not None
    words = (WRITER_14 if told.writer == UNDER_14 else WRITER_18) if told.writer else CHILD_14
    if not told.writer and told.child != UNDER_14:
        return errand.delivered()

    def tap(said: str, act: str) -> Rows:
        assert errand.ticket is not None
        return [[button(said, YoungTap(act=act, ticket=errand.ticket.id).pack())]]

    rows = tap(errand._("➕ Unlawful processing"), "unlawful") if UNDER_14 in {told.writer, told.child} else []
    rows += tap("✉️ " + errand._("Ask for a parent"), "parent") if told.writer else []
    rows += tap(errand._("Not a minor"), "no")
    errand.keep([await errand.post(escape(errand._(words)), buttons=rows, silent=True)], Posted.SCREEN)
    return errand.delivered()
