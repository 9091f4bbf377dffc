"""What was done: the steps of each demand, what proves them, what was set aside, and what was taken back."""

from desk.papers.paper import Block, Heading, Table
from desk.papers.words import spoken_in
from desk.record.dossier.matter import File, Matter, Section, safe
from desk.record.proof_words import proof_words
from desk.terms import proofs
from desk.terms.proofs import Proof
from desk.ticket import clocks
from desk.ticket.stated import stated
from desk.vault import VaultError
from models import Attachment, Step


async def steps(matter: Matter) -> Section:
    """Every step of every demand; one that was not done has no date."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    files: dict[int, File] = {}
    for demand in matter.demands:
        rule = clocks.rule_of(matter.desk, demand)
        rows = []
        for place, spec in enumerate(rule.steps, 1):
            what = spec.text.said(matter.language)
            held = sorted((one for one in demand.steps if one.key == spec.key), key=lambda one: one.id)
            later = {one.done_at for one in held}
            rows += [
                [str(place), what, *await _done(matter, one, files, replaced=one.taken_back_at in later)] for one in held
            ] or [[str(place), what, "–", ""]]
        blocks += [
            Heading(rule.name.said(matter.language)),
            Table([_("No."), _("Step"), _("Done, by whom"), _("What proves it")], rows, [0.35, 2.2, 1.4, 1.8]),
        ]
    return Section(_("Steps and their proofs"), blocks, tuple(files.values()))


async def _done(matter: Matter, row: Step, files: dict[int, File], *, replaced: bool) -> list[str]:
    """When and by whom, and what proves it; a row that was taken back, or replaced by the next, says so with that moment."""
    _ = spoken_in(matter.language)
    when = f"{matter.at(row.done_at)}\n{await matter.who(row.done_by)}"
    if row.taken_back_at is not None:
        when += "\n" + (_("replaced by the next %(at)s, %(who)s") if replaced else _("taken back %(at)s, %(who)s")) % {
            "at": matter.at(row.taken_back_at),
            "who": await matter.who(row.taken_back_by),
        }
    if row.aside:
        return [when, _("not done, set aside: %(reason)s") % {"reason": stated(row.evidence, matter.language)}]
    proof = proofs.of(row)
    named = await _file(matter, proof, files)
    return [when, "\n".join(filter(None, (proof_words(proof, matter.language), named)))]


async def _file(matter: Matter, proof: Proof, files: dict[int, File]) -> str:
    """The file of a document, put into the archive; its name there."""
    file = await Attachment.get_or_none(id=proof.attachment_id) if proof.attachment_id else None
    if file is None or not file.blob:
        return ""
    if file.id not in files:
        try:
            data = await matter.desk.vault.read_async(file.blob)
        except VaultError:
            return file.name
        files[file.id] = File(f"proofs/{file.id}_{safe(file.name)}", data)
    return files[file.id].name
