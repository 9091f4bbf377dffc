"""What became of a code, in the private chat of whoever is to be proved, and what to do."""

from bot.calls import Errand
from bot.text import N_
from desk import contents
from desk.letters.numbers import known_as
from desk.ports import Delivered
from models import Posted

NEWS = {
    "sent": N_(
        "🔑 For request № %(number)s we have to be sure that it is you. We have sent a code of six digits to an address that we "
        "hold: %(shown)s. Write it here; it is good for %(hours)s h. The term of your request runs meanwhile."
    ),
    "resent": N_("⌛️ That code had expired. We have sent a new one to %(shown)s: write it here; it is good for %(hours)s h."),
    "proved": N_("✅ The code is right: you are verified for request № %(number)s. You need not do anything more."),
    "wrong": N_("❌ The code is wrong. Look at the message to %(shown)s and write the code once more; tries left: %(left)s."),
    "older": N_("↪️ This code was replaced by a newer one. Write the code of the last message to %(shown)s."),
    "again": N_("✅ We have this code already: you are verified. You need not do anything more."),
    "spent": N_(
        "🚫 No tries are left, and this code is void. We will write to you and offer another way; your request is at work."
    ),
    "late_ended": N_(
        "⌛️ The code has expired, and no other can be sent today. We will write to you and offer another way; "
        "your request is at work."
    ),
}


async def code_news(errand: Errand) -> Delivered:
    """What became of a code, and what to do."""
    told = errand.content(contents.CodeNews)
    text = errand._(NEWS[told.outcome])
    places = {"number": known_as(told, errand.language), "shown": told.shown, "hours": told.hours, "left": told.left}
    errand.keep([await errand.post((text % places if "%(" in text else text, []))], Posted.CODE)
    return errand.delivered()
