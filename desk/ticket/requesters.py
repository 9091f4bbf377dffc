"""Requesters: who writes, found by a contact that was seen before."""

from datetime import datetime

from desk.ports import Sender
from models import Contact, Requester


async def find(sender: Sender) -> Requester | None:
    """The requester behind a sender, if seen before. A better proof of the contact is kept, a weaker one changes nothing."""
    held = Contact.filter(kind=sender.kind, value__in=list(sender.values)).select_related("requester")
    contact = await held.order_by("value").first()  # of two spellings the ASCII one
    if contact is None:
        return None
    if sender.verified > contact.verified:
        contact.verified = sender.verified
        await contact.save(update_fields=["verified"])
    requester = contact.requester
    if sender.name and not requester.name:
        requester.name = sender.name[:255]
        await requester.save(update_fields=["name"])
    return requester


async def known(sender: Sender, language: str, now: datetime) -> Requester:
    """The requester behind a sender, made on first sight."""
    found = await find(sender)
    if found is not None:
        return found
    requester, contact = rows(sender, language, now)
    await requester.save()
    contact.requester_id = requester.id
    await contact.save()
    return requester


def rows(sender: Sender, language: str, now: datetime) -> tuple[Requester, Contact]:
    """A person who has not written before and their address, not written yet and not tied to each other."""
    requester = Requester(name=sender.name[:255], language=language, created_at=now)
    contact = Contact(
        kind=sender.kind,
        value=sender.value.casefold(),
        shown=sender.shown or sender.value,
        verified=sender.verified,
        created_at=now,
    )
    return requester, contact
