"""How each date was counted, day by day, and what became of each term."""

from desk.law import LawError, explain
from desk.papers.paper import Block, Fields, Heading, Text
from desk.papers.words import day, spoken_in
from desk.record.dossier.matter import Matter, Section
from desk.record.journal import result
from desk.ticket import clocks
from desk.ticket.stated import stated
from models import Clock, Demand, Ending


async def dates(matter: Matter) -> Section:
    """Each term of each demand, open or over."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    for demand in matter.demands:
        rule = clocks.rule_of(matter.desk, demand)
        blocks.append(Heading(f"{rule.name.said(matter.language)} ({rule.cite.said(matter.language)})"))
        told = _counted(matter, demand)
        for clock in sorted(demand.clocks, key=lambda one: (one.due_at, one.id)):
            blocks.append(Heading(rule.clock(clock.key).name.said(matter.language), level=3))
            blocks.append(await _term(matter, clock))
            if lines := told.pop(clock.key, None):
                blocks.append(Text("\n".join(lines)))
        blocks += [Text("\n".join(lines)) for lines in told.values()]
        if demand.outcome:
            blocks.append(Fields([(_("Result"), f"{result(demand.outcome, matter.language)}, {matter.at(demand.closed_at)}")]))
    return Section(_("Terms, and how they were counted"), blocks)


def _counted(matter: Matter, demand: Demand) -> dict[str, list[str]]:
    """How each term was counted, by its key; or why it cannot be told yet."""
    rule = clocks.rule_of(matter.desk, demand)
    extended = any(one.times_extended for one in demand.clocks)
    try:
        counted = clocks.known(matter.desk, demand, extended=extended)
    except LawError as error:
        return {"": [error.sentence(matter.language)]}
    known = {one.key: explain(one, rule, matter.desk.counting, matter.language) for one in counted.dates}
    return known | {
        key: [f"{rule.clock(key).name.said(matter.language)}: {error.sentence(matter.language)}"]
        for key, error in counted.untold.items()
    }


async def _term(matter: Matter, clock: Clock) -> Fields:
    _ = spoken_in(matter.language)
    due = _("at once") if clock.unit == "immediately" else day(clock.due)
    rows = [(_("Due"), due)]
    if clock.extended_at is not None:
        rows.append((_("Extended"), matter.at(clock.extended_at)))
    if clock.stopped_at is not None:
        rows.append((_("Ended"), f"{matter.at(clock.stopped_at)}, {await matter.who(clock.stopped_by)}"))
        why = "" if clock.ending == Ending.DONE else stated(clock.stopped_why, matter.language)
        how = ", ".join(filter(None, (result(clock.ending, matter.language), why)))
        rows.append((_("How"), how))
    else:
        rows.append((_("Ended"), _("not yet, it runs")))
    return Fields(rows)
