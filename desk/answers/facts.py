"""What a letter of answer is filled with: the operator, the matter, what was done, and what the settings tell of the processing.

A fact that is missing is a gap, never a guess: what only staff know they say, what was not done words cannot mend.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from desk.answers import acts, going_on
from desk.answers.acts import day
from desk.answers.template import OPEN, SHUT, Deed, Gap, Template, places
from desk.context import Desk, Purpose, Statement
from desk.i18n import N_, words
from desk.latin import latin
from desk.letters.way_back import number_known
from desk.terms import steps
from desk.ticket import blocks, clocks, endings, legs
from desk.ticket.stated import RESULTS
from models import Demand, Ending, Registration, Ticket

Translate = Callable[[str], str]
Item = TypeVar("Item")
# What stands for the outgoing number until the letter has one.
NO_NUMBER = "____"


@dataclass(frozen=True)
class Register:
    """The outgoing number and day of a letter; none before it is complete."""

    number: str = ""
    dated: date | None = None


async def of(
    desk: Desk, ticket: Ticket, template: Template, said: Mapping[str, str], register: Register, today: date
) -> dict[str, Any]:
    """Every fact of a letter about a ticket, as `template.fill` takes them. `today` is the operator's day."""
    language = template.language
    _ = words("bot", language).gettext
    demands = await _demands(ticket, template)
    return {
        "number": await number_known(ticket, language),
        "received": day(ticket.received_at.astimezone(desk.operator.zone).date(), language),
        "outgoing": register.number or NO_NUMBER,
        "today": day(register.dated or today, language),
        "person": await _person(ticket, language) or Gap("person", _(N_("Name of the person, as the letter addresses them"))),
        "document": await _document(ticket, language, _),
        "demands": [_demand(desk, one, language) for one in demands],
        "act": await acts.of(demands, language),
        "deed": await _deeds(desk, ticket, demands, template),
        "blocking": await _blocking(desk, ticket, language),
        "goes_on": [_ground(desk, one, language) for one in await _continued(ticket)],
        "going_on": await going_on.gap(desk, ticket, language),
        **_of_operator(desk, language, _),
        **_of_processing(desk, language, said, _),
    }


def words_marked(said: str) -> bool:
    """Whether words look like a gap themselves, so that the letter would seem to miss something."""
    text = said.strip()
    return text.startswith(OPEN) and text.endswith(SHUT) and SHUT not in text[:-1]


async def _demands(ticket: Ticket, template: Template) -> list[Demand]:
    """The demands that the letter answers, in their order; none that was misread."""
    kinds = [*template.kinds, *template.beside]
    found = await Demand.filter(ticket_id=ticket.id, kind__in=kinds).order_by("id")
    return [one for one in found if one.outcome not in endings.MISREAD]


async def _continued(ticket: Ticket) -> list[Demand]:
    """The demands in spite of which processing goes on, whichever of them a letter answers: it is the same processing."""
    return await Demand.filter(ticket_id=ticket.id, outcome=Ending.CONTINUED).order_by("id")


async def _person(ticket: Ticket, language: str) -> str:
    """Whose data it is: who is represented, else who asks, as they are known."""
    for one in await legs.of(ticket):
        await one.fetch_related("requester")
        name = (one.represented or {}).get("name", "") or one.named or one.requester.name
        if name.strip():
            return name.strip() if language == "ru" else latin(name.strip())
    return ""


async def _document(ticket: Ticket, language: str, _: Translate) -> dict[str, Any]:
    """Number and date of the document of an authority, as they were registered."""
    held = Registration.filter(ticket_id__in=await legs.numbers(ticket)).exclude(document_number="", document_date__isnull=True)
    row = await held.order_by("-id").first()
    number, dated = (row.document_number, row.document_date) if row is not None else ("", None)
    return {
        "number": number or Gap("document.number", _(N_("Number of the document that is answered"))),
        "date": day(dated, language) if dated else Gap("document.date", _(N_("Date of the document that is answered"))),
    }


def _demand(desk: Desk, demand: Demand, language: str) -> dict[str, str]:
    rule = clocks.rule_of(desk, demand)
    received = demand.received_at.astimezone(desk.operator.zone).date()
    return {
        "name": rule.name.get(language, rule.name["en"]),
        "article": rule.cite.get(language, rule.article),
        "received": day(received, language),
    }


def _ground(desk: Desk, demand: Demand, language: str) -> dict[str, str]:
    """On which ground processing goes on though a demand asked to end it, as was told in the notice of it."""
    rule = clocks.rule_of(desk, demand)
    found = next((one for one in rule.grounds if one.id == demand.ground), None)
    return {
        "name": rule.name.get(language, rule.name["en"]),
        "article": found.cite.get(language, found.cite["en"]) if found else demand.ground,
        "provision": found.text.get(language, found.text["en"]) if found else "",
    }


async def _blocking(desk: Desk, ticket: Ticket, language: str) -> dict[str, str]:
    """From when to when the data were blocked, and what the check came to; empty what is not so (yet)."""

    def on(instant: datetime) -> str:
        return day(instant.astimezone(desk.operator.zone).date(), language)

    held = [one for one in await blocks.standing(await legs.numbers(ticket)) if one.started_at is not None]
    ended = [(one.ended_at, one.result) for one in held if one.ended_at is not None]
    over = len(ended) == len(held)
    results = dict.fromkeys(words("bot", language).gettext(RESULTS[result]) for _at, result in ended)
    return {
        "since": on(min(one.started_at for one in held if one.started_at is not None)) if held else "",
        "until": on(max(at for at, _result in ended)) if held and over else "",
        "result": "; ".join(results) if over else "",
    }


async def _deeds(desk: Desk, ticket: Ticket, demands: Sequence[Demand], template: Template) -> dict[str, Deed | Gap]:
    """What was done of these demands, by the key of the step: done only where it is done for each demand that wants it."""
    _, wanted = words("bot", template.language).gettext, {one.id: one for one in demands}
    held: dict[str, list[steps.StepView]] = {}
    for view in await steps.of_ticket(desk, ticket):
        if view.demand in wanted:
            held.setdefault(view.key, []).append(view)
    found: dict[str, Deed | Gap] = {}
    known = {step.key for kind in (*template.kinds, *template.beside) for step in _steps(desk, kind)}
    for key in known:
        views = held.get(key, [])
        # What was set aside was not done.
        done = [one.done_at for one in views if one.done_at is not None and not one.aside]
        dates = [at.astimezone(desk.operator.zone).date() for at in done]
        if views and len(dates) == len(views):
            found[key] = Deed(day(max(dates), template.language), tuple((one.demand, one.key) for one in views))
        else:
            what = views[0].name if views else key
            found[key] = Gap(f"deed.{key}", _(N_("not recorded as done: %(what)s")) % {"what": what}, fillable=False)
    return found


def _steps(desk: Desk, kind: str) -> list[Any]:
    return [step for rule in desk.regime.rules if rule.kind == kind for step in rule.steps]


def _of_operator(desk: Desk, language: str, _: Translate) -> dict[str, Any]:
    """The operator and who signs; in Latin letters where the letter is not in Russian."""
    operator, statement = desk.operator, statement_of(desk, language)
    spelt = (lambda text: text) if language == "ru" else latin
    return {
        "operator": {
            "name": spelt(operator.name),
            "short_name": spelt(operator.short_name or operator.name),
            "address": spelt(operator.address) or Gap("operator.address", _(N_("The operator’s postal address"))),
            "site": operator.site or Gap("operator.site", _(N_("The operator’s site"))),
            "policy_url": operator.policy_url or Gap("operator.policy_url", _(N_("Where the policy is published"))),
        },
        "signatory": {
            "name": statement.signatory or Gap("signatory.name", _(N_("Who signs: name"))),
            "position": statement.position or Gap("signatory.position", _(N_("Who signs: position"))),
        },
    }


def statement_of(desk: Desk, language: str) -> Statement:
    """What the settings tell in a language; empty where they tell nothing in it."""
    return next((one for one in desk.statements if one.language == language), Statement(language))


def _of_processing(desk: Desk, language: str, said: Mapping[str, str], _: Translate) -> dict[str, Any]:
    """What Art. 14(7) wants told of the processing, as the settings tell it in this language."""
    statement = statement_of(desk, language)
    nobody = _(N_("The processing of your data is entrusted to no other person."))
    spelt = (lambda text: text) if language == "ru" else latin
    processors = _chosen(
        desk.processors,
        said.get("processors"),
        Gap(
            "processors",
            _(N_("Which of the processors process the data of this person?")),
            choices=tuple(one.name for one in desk.processors),
        ),
        lambda one: {
            "name": spelt(one.name),
            "address": spelt(one.address) or Gap(f"processors.{one.name}", _(N_("Address of the processor"))),
        },
    )
    purposes = [one for one in desk.purposes if one.language == language]
    asked = Gap("purposes", _(N_("Legal grounds and purposes of the processing")))
    if purposes:
        asked = Gap(
            "purposes",
            _(N_("For which purposes are the data of this person processed?")),
            choices=tuple(one.name for one in purposes),
        )
    return {
        "purposes": _chosen(purposes, said.get("purposes"), asked, lambda one: _purpose(one, _), alone=True)
        if purposes
        else asked,
        "processors": (nobody if processors == [] else processors) if desk.processors else nobody,
        "methods": statement.methods or Gap("methods", _(N_("Methods of processing (automated, mixed, on paper; transfer)"))),
        "recipients": statement.recipients
        or Gap("recipients", _(N_("Persons with access to the data or to whom they may be disclosed by contract or law"))),
        "cross_border": statement.cross_border or Gap("cross_border", _(N_("Cross-border transfer, done or planned"))),
        "measures": statement.measures or Gap("measures", _(N_("How the duties of Art. 18.1 are performed"))),
    }


def _chosen(
    things: Sequence[Item], said: str | None, gap: Gap, told: Callable[[Item], dict[str, Any]], *, alone: bool = False
) -> list[dict[str, Any]] | Gap:
    """The things that staff chose; with `alone` a single one needs no choice."""
    if said is None and not (alone and len(things) == 1):
        return gap
    wanted = places(said) if said is not None else [0]
    return [told(one) for place, one in enumerate(things) if place in wanted]


def _purpose(purpose: Purpose, _: Translate) -> dict[str, Any]:
    def known(name: str, value: str, asked: str) -> str | Gap:
        return value or Gap(f"purposes.{purpose.name}.{name}", f"{asked}: {purpose.name}")

    return {
        "name": purpose.name,
        "grounds": known("grounds", purpose.grounds, _(N_("Legal ground"))),
        "data_categories": ", ".join(purpose.data_categories),
        "source": known("source", purpose.source, _(N_("Source of the data"))),
        "stored": known("stored", purpose.stored, _(N_("Period of processing and storage"))),
    }
