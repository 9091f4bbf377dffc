"""A code, in the private chat of the Telegram account that the operator holds."""

from html import escape

from bot.calls import Errand
from desk import contents
from desk.disclosure import codes
from desk.ports import Delivered
from models import Posted


async def code(errand: Errand) -> Delivered:
    """The code, to the account that the operator holds; nothing, when a newer one was sent or it is over."""
    told = errand.content(contents.Code)
    digits = await codes.digits(errand.desk, told.challenge)
    if not digits:
        return errand.delivered()
    _ = errand._
    where = _("Write it to our bot where you wrote from.") if told.by == "telegram" else _("Reply with it to our letter.")
    lines = [
        escape(_("🔑 Request № %(number)s reached us. To be sure that it is yours, here is a code:") % {"number": told.number}),
        f"<code>{digits[:3]} {digits[3:]}</code>",
        escape(
            where + " " + _("It is good for %(hours)s h. Tell it to nobody: our staff never ask for it.") % {"hours": told.hours}
        ),
        escape(_("If you did not write to us, do nothing: without the code nobody gets your data.")),
    ]
    errand.keep([await errand.post("\n\n".join(lines))], Posted.CODE)
    return errand.delivered()
