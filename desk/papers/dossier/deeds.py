"""What was done: the steps of each demand with what proves them."""

from desk.papers.dossier.matter import Matter, Section
from desk.papers.paper import Block, Heading, Table
from desk.papers.words import spoken_in
from desk.ticket import clocks


async def steps(matter: Matter) -> Section:
    """Every step of every demand; one that was not done has no date."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    for demand in matter.demands:
        rule = clocks.rule_of(matter.desk, demand)
        done = {one.key: one for one in demand.steps}
        rows = []
        for place, step in enumerate(rule.steps, 1):
            one = done.get(step.key)
            what = step.text.get(matter.language, step.key)
            when = f"{matter.at(one.done_at)}\n{await matter.who(one.done_by)}" if one is not None else "–"
            rows.append([str(place), what, when, one.evidence if one is not None else ""])
        blocks += [
            Heading(rule.name.get(matter.language, rule.name["en"])),
            Table(["№", _("Step"), _("Done, by whom"), _("What proves it")], rows, [0.35, 2.4, 1.4, 1.6]),
        ]
    return Section(_("Steps and their proofs"), blocks)
