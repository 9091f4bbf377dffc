"""Every letter as it left: its bytes, its words, the numbers and the answer of the other side."""

from desk.papers.dossier.matter import File, Matter, Section, broken
from desk.papers.journal import way
from desk.papers.paper import Block, Fields, Text
from desk.papers.words import spoken_in
from desk.record import sent


async def letters(matter: Matter) -> Section:
    """What left for requesters, processors and authorities, oldest first, and which of it came back."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    files: list[File] = []
    for place, one in enumerate(await sent.of(matter.desk.vault, matter.numbers), 1):
        name = f"letters/{place:02d}_{one.errand}.{'eml' if one.channel == 'mail' else 'json'}"
        if one.raw is not None:
            files.append(File(name, one.raw))
        rows = [
            (_("Outgoing No."), str(one.number)),
            (_("Sent"), matter.at(one.at)),
            (_("To"), f"{way(one.channel, matter.language)}: {one.to}"),
            (_("Number on its way"), one.kept.external_id),
            (_("Answer of the server"), one.kept.answer),
            (_("Subject"), one.subject),
            (_("Files"), "\n".join(f"{file} {digest}".strip() for file, digest in one.files)),
            (_("As it left"), name if one.raw is not None else _("its bytes cannot be read any more")),
            ("SHA-256", broken(one.kept.sha256)),
        ]
        if not one.kept.sure:
            rows.append((_("Note"), _("the line broke before the answer: it may have left, and was sent again")))
        blocks += [Fields([(head, value) for head, value in rows if value]), Text(one.text)]
    return Section(_("Letters as they left"), blocks, files)
