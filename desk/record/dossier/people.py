"""Who asks, for whom, of whom, and how far that was proved."""

from desk.papers.paper import Fields, Table
from desk.papers.words import offset, spoken_in
from desk.record.dossier.matter import Matter, Section
from desk.record.journal import proved, way
from desk.ticket import clocks
from models import Contact, TicketStatus


async def summary(matter: Matter) -> Section:
    """The request in short."""
    _, ticket, operator = spoken_in(matter.language), matter.ticket, matter.desk.operator
    kinds = [clocks.rule_of(matter.desk, one) for one in matter.demands]
    legs = [f"{_('No.')} {one.id}: {way(one.channel, matter.language)}, {matter.at(one.received_at)}" for one in matter.joint]
    rows = [
        (_("Number"), str(ticket.id)),
        (_("Operator"), ", ".join(filter(None, (operator.name, operator.address)))),
        (_("Data subject"), ticket.named or ticket.requester.name),
        (_("Representative, authority"), ", ".join(str(one) for one in (ticket.represented or {}).values() if one) or "–"),
        (_("Received"), matter.at(ticket.received_at)),
        (_("Ways by which it came"), "\n".join(legs)),
        (
            _("Demands"),
            "\n".join(f"{one.name.said(matter.language)} ({one.cite.said(matter.language)})" for one in kinds),
        ),
        (_("Times"), f"{operator.zone.key}, {offset(matter.now, operator.zone)}"),
        (_("Executor"), ticket.assignee.name if ticket.assignee else "–"),
        (
            _("State"),
            _("closed %(at)s") % {"at": matter.at(ticket.closed_at)} if ticket.status == TicketStatus.CLOSED else _("open"),
        ),
    ]
    return Section(_("The request in short"), [Fields([(name, value or "–") for name, value in rows])])


async def identity(matter: Matter) -> Section:
    """The addresses of the person, and how far each was proved."""
    _ = spoken_in(matter.language)
    known = await Contact.filter(requester_id__in=[one.requester_id for one in matter.joint]).order_by("id")
    rows = [
        [
            way(one.kind, matter.language),
            one.shown or one.value,
            proved(one.verified, matter.language) or "–",
            matter.at(one.created_at),
        ]
        for one in known
    ]
    table = Table([_("Kind"), _("Address"), _("How far proved"), _("Since")], rows, [0.8, 2, 1.8, 1.4])
    return Section(_("Who it is"), [table] if rows else [])
