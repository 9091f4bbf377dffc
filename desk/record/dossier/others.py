"""Who else had to act or to be trusted: processors and their answers, acts of destruction, mandates and checks, incidents."""

from datetime import datetime

from desk.deed import releasing
from desk.disclosure.mandates import DOCUMENTS, ROLES
from desk.disclosure.verifying import FACTS
from desk.i18n import words
from desk.incident.notices import FIELDS
from desk.law import asks
from desk.papers.paper import Block, Fields, Heading, Table
from desk.papers.words import day, number_and_day, spoken_in
from desk.record.blocking import result_words
from desk.record.dossier.matter import File, Matter, Section, file_of, files_of, safe
from desk.record.journal import proved
from desk.ticket import blocks
from models import (
    Action,
    BlockingResult,
    Destruction,
    DestructionState,
    History,
    Incident,
    Instruction,
    InstructionState,
    Mandate,
    Verification,
)


async def processors(matter: Matter) -> Section:
    """What each processor was told, when it had to confirm, and what it answered."""
    _ = spoken_in(matter.language)
    states = {
        InstructionState.DRAFTED: _("drafted, not sent"),
        InstructionState.RELEASED: _("on its way"),
        InstructionState.TOLD: _("told, no answer yet"),
        InstructionState.BOUNCED: _("came back undelivered"),
        InstructionState.ANSWERED: _("answered, not judged yet"),
        InstructionState.DONE: _("confirmed"),
        InstructionState.PARTLY: _("confirmed in part"),
        InstructionState.REFUSED: _("refused by the processor"),
        InstructionState.SPARED: _("holds nothing of this person"),
    }
    blocks: list[Block] = []
    files: list[File] = []
    reminders = await History.filter(ticket_id__in=matter.numbers, action=Action.PROCESSOR_REMINDED).order_by("id")
    for one in await Instruction.filter(ticket_id__in=matter.numbers).order_by("id"):
        answer = next((message for message in matter.messages if message.id == one.answer), None)
        theirs = [message for message in matter.messages if message.author == f"processor:{one.id}"]
        held = [file for message in theirs for file in await files_of(matter, message, f"answers/{message.id}")]
        files += held
        told = [
            matter.at(one.told_at),
            one.way,
            number_and_day(one.number, one.dated, matter.language),
        ]
        decided = [states[one.state], matter.at(one.decided_at), await matter.who(one.decided_by) if one.decided_by else ""]
        rows = [
            (_("Address"), ", ".join(filter(None, (one.address, one.email)))),
            (_("Contract"), number_and_day(*releasing.contract_of(one), matter.language)),
            (_("Categories of data"), ", ".join(one.categories)),
            (_("What it was told to do"), asks.names(one.asks, matter.language)),
            (_("Told"), ", ".join(filter(None, told))),
            (_("Reference of the letter"), matter.desk.signer.instruction_tag(one.id) if one.outbox_id else ""),
            (_("To confirm by"), day(one.due) if one.due else ""),
            (_("Reminded"), ", ".join(matter.at(said.at) for said in reminders if said.details.get("instruction") == one.id)),
            (_("Answered"), matter.at(one.answered_at)),
            (_("Its answer"), answer.text[:2000] if answer is not None else ""),
            (_("Files"), "\n".join(file.name for file in held)),
            (_("Result"), ", ".join(filter(None, decided))),
            (_("Note"), one.note),
        ]
        blocks += [Heading(one.processor, level=3), Fields([(head, value) for head, value in rows if value])]
    # Who had the reference and was not the processor: kept, for it may have been taken as an answer.
    for message in matter.messages:
        if message.author == "stranger":
            files += await files_of(matter, message, f"answers/{message.id}")
    return Section(_("Processors"), blocks, files, always=False)


async def blockings(matter: Matter) -> Section:
    """What was blocked where, from when to when, by whom, and what the check came to; or why it was not."""
    _ = spoken_in(matter.language)
    found: list[Block] = []
    for place, one in enumerate(await blocks.among(matter.numbers), 1):
        result = result_words(one, matter.language)
        if one.result == BlockingResult.MISTAKE:
            result = _("recorded by mistake")
        elif one.result == BlockingResult.HARM:
            result = _("not blocked: it would harm the person or third parties")
        rows = [
            (_("Systems"), ", ".join(one.systems)),
            (_("Categories of data"), ", ".join(one.categories)),
            (_("Note"), one.words),
            (_("Blocked from"), await _moment(matter, one.started_at, one.started_by)),
            (_("Recorded"), await _moment(matter, one.noted_at, one.started_by)),
            (_("Until"), await _moment(matter, one.ended_at, one.ended_by) or _("still blocked")),
            (_("Result"), result),
        ]
        if place > 1:
            found.append(Heading(str(place), level=3))
        found.append(Fields([(head, value) for head, value in rows if value]))
    return Section(_("Blocking"), found, always=False)


async def _moment(matter: Matter, at: datetime | None, by: str) -> str:
    return f"{matter.at(at)}, {await matter.who(by)}" if at is not None else ""


async def destruction(matter: Matter) -> Section:
    """The acts by Order 179 with their extracts and signed copies."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    files: list[File] = []
    acts = Destruction.filter(ticket_id__in=matter.numbers).exclude(state=DestructionState.DRAFT).order_by("id")
    for one in await acts:
        named = [(one.act, f"act-{one.number}.pdf"), (one.extract, one.extract_name), (one.signed, one.signed_name)]
        held = [file for blob, name in named if blob and (file := await file_of(matter, blob, f"acts/{one.number}_{safe(name)}"))]
        files += held
        people = "; ".join(", ".join(person) for person in one.people)
        title = _("Act No. %(number)s of %(date)s") % {
            "number": one.number,
            "date": day(one.acted_on) if one.acted_on else "–",
        }
        rows = [
            (_("State"), _("void: the act was a mistake") if one.state == DestructionState.VOID else _("valid")),
            (_("Where"), ", ".join(dict.fromkeys(filter(None, (one.system or one.place, one.processor, one.processor_address))))),
            (_("Data subject"), one.subject),
            (_("Categories of data"), ", ".join(one.categories)),
            (_("Who destroyed"), people),
            (_("Method"), one.method),
            (_("Reason"), one.reason),
            (_("Medium and sheets"), f"{one.medium}, {one.sheets}" if one.sheets is not None else one.medium),
            (_("Destroyed on"), day(one.destroyed_on) if one.destroyed_on else ""),
            (_("To be kept until"), day(one.keep_until) if one.keep_until else ""),
            (_("Signed copy"), matter.at(one.signed_at) or _("none yet")),
            (_("Files"), "\n".join(file.name for file in held)),
        ]
        blocks += [Heading(title, level=3), Fields([(head, value) for head, value in rows if value])]
    return Section(_("Destruction and its acts"), blocks, files, always=False)


async def checks(matter: Matter) -> Section:
    """What was compared to find out who somebody is, and the documents of whoever speaks for another person."""
    _, screen = spoken_in(matter.language), words("bot", matter.language).gettext
    blocks: list[Block] = []
    verified = [
        [
            one.value,
            proved(one.level, matter.language),
            ", ".join(screen(FACTS.get(fact, fact)) for fact in one.compared),
            f"{matter.at(one.at)}\n{await matter.who(one.by)}",
            matter.at(one.taken_back_at) or "–",
        ]
        for one in await Verification.filter(ticket_id__in=matter.numbers).order_by("id")
    ]
    if verified:
        heads = [_("Address"), _("How far proved"), _("What was compared"), _("When, by whom"), _("Taken back")]
        blocks.append(Table(heads, verified, [1.6, 1, 1.4, 1.4, 1]))
    mandates = [
        [
            f"{screen(ROLES.get(one.role, one.role))}: {screen(DOCUMENTS.get(one.document, one.document))}",
            number_and_day(one.number, one.dated, matter.language),
            one.scope,
            day(one.until) if one.until else "–",
            f"{matter.at(one.checked_at)}\n{await matter.who(one.checked_by)}",
            matter.at(one.taken_back_at) or "–",
        ]
        for one in await Mandate.filter(ticket_id__in=matter.numbers).order_by("id")
    ]
    if mandates:
        heads = [_("Document"), _("No., date"), _("Scope"), _("Valid until"), _("Checked, by whom"), _("Taken back")]
        blocks += [Heading(_("Powers of representatives")), Table(heads, mandates, [1.2, 1.2, 1.2, 0.9, 1.3, 0.9])]
    return Section(_("Checks of identity and powers"), blocks, always=False)


async def incident(matter: Matter) -> Section:
    """What is known of a breach, and what the portal gave for each notice."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    for one in await Incident.filter(ticket_id__in=matter.numbers).order_by("id"):
        blocks.append(Fields([(_(field.name), one.answers[field.key]) for field in FIELDS if one.answers.get(field.key)]))
        stages = {"first": _("First notice"), "second": _("Second notice")}
        rows = [
            (
                name,
                _("No. %(number)s of %(date)s") % {"number": one.receipts[stage]["number"], "date": one.receipts[stage]["dated"]},
            )
            for stage, name in stages.items()
            if stage in one.receipts
        ]
        if rows:
            blocks += [Heading(_("Receipts of the portal"), level=3), Fields(rows)]
    return Section(_("Incident"), blocks, always=False)
