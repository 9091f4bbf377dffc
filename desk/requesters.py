"""Requesters: who writes, found by a contact that was seen before."""

from datetime import datetime

from desk.ports import Sender
from models import Contact, Requester

# How far a contact is proved, weakest first.
_TRUST = ("", "sender", "authenticated", "code", "staff")


async def known(sender: Sender, language: str, now: datetime) -> Requester:
    """The requester behind a sender, made on first sight. A better proof of the contact is kept, a weaker one changes nothing."""
    value = sender.value.casefold()
    contact = await Contact.get_or_none(kind=sender.kind, value=value).select_related("requester")
    if contact is None:
        requester = await Requester.create(name=sender.name[:255], language=language, created_at=now)
        await Contact.create(
            requester=requester,
            kind=sender.kind,
            value=value,
            shown=sender.shown or sender.value,
            verified=sender.verified,
            created_at=now,
        )
        return requester
    if _TRUST.index(sender.verified) > _TRUST.index(contact.verified):
        contact.verified = sender.verified
        await contact.save(update_fields=["verified"])
    requester = contact.requester
    if sender.name and not requester.name:
        requester.name = sender.name[:255]
        await requester.save(update_fields=["name"])
    return requester
