"""Asking: the drafted request for what is missing of a representative, no more than the law lets an operator ask (LAW §3.2)."""

from datetime import datetime

from desk.context import Desk
from desk.disclosure import mandates
from desk.disclosure.mandates import Role
from desk.errors import Refused
from desk.i18n import N_, words
from desk.letters.way_back import number_known
from desk.outward import replies
from models import Outbox, Staff, Ticket

OPEN = N_("Hello,\n\nyour request No. %(number)s was received and is being dealt with; its term is running.")
END = N_("No copy of a passport, notarised copy or visit is needed. What does not depend on who you are is being done already.")
ASKED = {
    Role.REPRESENTATIVE: N_(
        "You act for another person. So that we may tell you anything about them, please send the power of attorney (Article 185 "
        "of the Civil Code): its number, date, scope and term must be legible."
    ),
    Role.ADVOCATE: N_(
        "You act as an advocate. So that we may tell you anything about your client, please send the order (number, date, "
        "matter) or a power of attorney that covers this request."
    ),
    Role.PARENT: N_(
        "You act for your child. So that we may tell you anything about the child, please name the document that shows the "
        "kinship (birth certificate: series, number and date of issue)."
    ),
    Role.GUARDIAN: N_(
        "You act as a guardian. So that we may tell you anything about the ward, please send the act of the guardianship "
        "authority that appointed you: its number and date must be legible."
    ),
    Role.HEIR: N_(
        "You write as an heir. So that we may tell you anything about the deceased, please send the certificate of inheritance "
        "or a notary's note that names you as an heir."
    ),
}
PARENT = N_(
    "You write that you are under age. So that we may answer about personal data, please let a parent or another legal "
    "representative write to us, and name the document that shows the kinship."
)


def words_for(role: str, language: str, number: str) -> str:
    """The request for the document of a role, to be read by the requester; of "minor" that a parent may write."""
    _ = words("bot", language).gettext
    asked = PARENT if role == "minor" else ASKED[Role(role)]
    return "\n\n".join([_(OPEN) % {"number": number}, _(asked), _(END)])


async def for_document(desk: Desk, ticket: Ticket, staff: Staff, external_id: str, now: datetime) -> Outbox:
    """Ask the requester for the document that their role wants, or a child for a parent; it leaves like any answer.

    Raises Refused where there is nothing to ask for.
    """
    role = mandates.role_of(ticket) or ("minor" if ticket.minor else "")
    if not role:
        raise Refused("The requester speaks for themselves: there is no document to ask for.")
    return await replies.reply(
        desk,
        ticket,
        staff=staff,
        text=words_for(role, ticket.language, await number_known(ticket, ticket.language)),
        entities=None,
        files=(),
        external_id=external_id,
        album="",
        reply_to=None,
        now=now,
    )
