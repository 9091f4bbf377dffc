"""Every letter as it left: its bytes, its words, the numbers and the answer of the other side."""

from collections.abc import Sequence

from desk import contents
from desk.papers.paper import Block, Fields, Heading, Quote
from desk.papers.words import day, spoken_in
from desk.record import sent
from desk.record.dossier.matter import File, Matter, Section, broken, file_of, safe
from desk.record.journal import way
from models import Answer


async def letters(matter: Matter) -> Section:
    """What left for requesters, processors and authorities, oldest first, and which of it came back."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    files: list[File] = []
    answers = await Answer.filter(ticket_id__in=matter.numbers, serial__not_isnull=True).order_by("id")
    own = {one.outbox_id: matter.desk.outgoing_number(one.serial, one.year) for one in answers if one.outbox_id is not None}
    for place, one in enumerate(await sent.of(matter.desk.vault, matter.numbers), 1):
        name = f"letters/{place:02d}_{one.errand}.{'eml' if one.channel == 'mail' else 'json'}"
        if one.raw is not None:
            files.append(File(name, one.raw))
        blocks.append(Heading(f"{place}. {_called(one, matter.language)}, {matter.at(one.at)}", level=3))
        rows = [
            (_("Outgoing No."), own.get(one.number, "")),
            (_("To"), f"{way(one.channel, matter.language)}: {one.to}"),
            (_("Message ID"), one.kept.external_id),
            (_("Answer of the server"), one.kept.answer),
            (_("Subject"), one.subject),
            (_("Files"), "\n".join(f"{file} {digest}".strip() for file, digest in one.files)),
            (_("As it left"), name if one.raw is not None else _("its bytes cannot be read any more")),
            ("SHA-256", broken(one.kept.sha256)),
        ]
        if not one.kept.sure:
            rows.append((_("Note"), _("the line broke before the answer: it may have left, and was sent again")))
        blocks += [Fields([(head, value) for head, value in rows if value]), Quote(one.text)]
    for answer in answers:
        if answer.posted_on is not None:
            printed = await _printed(matter, answer)
            files += printed
            heading = _("On paper, No. %(number)s") % {"number": matter.desk.outgoing_number(answer.serial, answer.year)}
            blocks += [Heading(heading, level=3), Fields(_on_paper(matter, answer, printed)), Quote(answer.shown)]
    return Section(_("Letters as they left"), blocks, files)


def _called(letter: sent.Letter, language: str) -> str:
    """What kind of letter it is, as the first words of a line."""
    kind = contents.kind(letter.channel, letter.errand)
    called = kind.called.said(language) if kind is not None else letter.errand
    return called[:1].upper() + called[1:]


async def _printed(matter: Matter, answer: Answer) -> list[File]:
    """The files of an answer as it was printed: its PDF on the letterhead, and what went with it."""
    notes = [one for one in matter.messages if one.external_id == answer.external_id]
    held = max(notes, key=lambda one: (one.version, one.id)).attachments if notes else ()
    read = [await file_of(matter, one.blob, f"letters/paper-{answer.id}_{safe(one.name)}") for one in held if one.blob]
    return [one for one in read if one is not None]


def _on_paper(matter: Matter, answer: Answer, printed: Sequence[File]) -> list[tuple[str, str]]:
    """How an answer went on paper."""
    _ = spoken_in(matter.language)
    rows = [
        (_("Outgoing No."), matter.desk.outgoing_number(answer.serial, answer.year)),
        (_("Sent"), day(answer.posted_on) if answer.posted_on else ""),
        (_("On paper"), answer.way),
        (_("Tracking number"), answer.tracking),
        (_("Files"), "\n".join(one.name for one in printed)),
    ]
    return [(head, value) for head, value in rows if value]
