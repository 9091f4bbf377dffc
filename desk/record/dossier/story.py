"""The history of the matter, and whether it and what it answers for are whole."""

import json

from desk import history as histories
from desk.papers.paper import Block, Table, Text
from desk.papers.words import spoken_in
from desk.record import checking
from desk.record.dossier.about import about, names
from desk.record.dossier.matter import File, Matter, Section
from models import History


async def history(matter: Matter) -> Section:
    """Who did what and when, with the chain checked at the moment of this dossier."""
    _ = spoken_in(matter.language)
    rows = await History.filter(ticket_id__in=matter.numbers).order_by("id")
    report = await checking.check(tickets=matter.numbers)
    blocks: list[Block] = [Text(_verdict(matter, report))]
    if rows:
        actors = {actor: await matter.who(actor) for actor in {one.actor for one in rows}}
        known = await names(matter)
        table = [
            [
                str(one.id),
                matter.at(one.at),
                actors[one.actor],
                histories.said(one.action, matter.language),
                about(matter, known, one),
            ]
            for one in rows
        ]
        blocks.append(Table([_("Entry"), _("When"), _("Who"), _("What"), _("Of what")], table, [0.55, 1.05, 0.95, 1.6, 2.2]))
    return Section(_("History"), blocks, [File("history.jsonl", "".join(_entry(one) for one in rows).encode())])


def _entry(row: History) -> str:
    said = {
        "id": row.id,
        "ticket": row.ticket_id,
        "at": row.at.isoformat(),
        "actor": row.actor,
        "action": row.action,
        "details": row.details,
        "previous": row.previous,
        "hash": row.hash,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True) + "\n"


def _verdict(matter: Matter, report: checking.Report) -> str:
    _ = spoken_in(matter.language)
    if report.whole:
        head = report.head
        return _(
            "Checked %(at)s: the chain of the history is whole, and words, files, dates, steps and letters of this matter are "
            "as the desk left them. Last entry %(entry)s, hash %(hash)s."
        ) % {"at": matter.at(matter.now), "entry": head.entry if head else 0, "hash": head.hash if head else "–"}
    numbers = ", ".join(f"{one.what} {one.table} {one.number}" for one in report.findings)
    return _("Checked %(at)s: NOT WHOLE. %(what)s") % {"at": matter.at(matter.now), "what": numbers}
