"""Incident notices: what the notices of an incident to Roskomnadzor hold, and the drafts made of what is known.

152-FZ Art. 21(3.1); Roskomnadzor Order 187 of 14.11.2022: the first notice within 24 hours says what happened, the presumed
causes and harm, the measures, and who speaks for the operator; the second one within 72 hours the result of the internal
inquiry and whose acts caused it. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from desk.context import Desk
from desk.i18n import N_
from desk.papers.paper import Block, Fields, Heading, Paper, Signatures, Signer, Text
from desk.papers.words import moment, pages, spoken_in

Stage = Literal["first", "second"]
# The steps and clocks of the rule that each notice is.
STEPS: dict[Stage, str] = {"first": "notify_authority", "second": "report_authority"}


@dataclass(frozen=True)
class Field:
    """One field: `name` as the form calls it, `ask` what staff are asked; `needed` where the notice must not leave it empty."""

    key: str
    name: str
    ask: str
    stage: Stage
    needed: bool = True


FIELDS: tuple[Field, ...] = (
    Field("inn", N_("Taxpayer number (INN)"), N_("The operator's taxpayer number (INN)."), "first"),
    Field("happened", N_("What happened"), N_("What happened, when and how: leak, loss, access by outsiders?"), "first"),
    Field("categories", N_("Categories of personal data"), N_("Which categories of personal data are concerned?"), "first"),
    Field("subjects", N_("Categories of people"), N_("Whose data are they: customers, employees, applicants?"), "first"),
    Field("people", N_("Number of people"), N_("How many people are concerned? Or an estimate that says so."), "first"),
    Field("records", N_("Number of records"), N_("How many records does the base hold that became accessible?"), "first"),
    Field("base", N_("The base concerned"), N_("Which base or system is it, and of what date are the data?"), "first"),
    Field("causes", N_("Presumed causes"), N_("What presumably caused it?"), "first"),
    Field("harm", N_("Presumed harm to people"), N_("What harm may it do to people (its level by Order 178)?"), "first"),
    Field("measures", N_("Measures taken"), N_("What was done to end it and its consequences?"), "first"),
    Field("contact", N_("Who speaks for the operator"),
          N_("Who speaks for the operator: full name, position, phone, e-mail?"), "first"),
    Field("more", N_("Other information"), N_("Anything else, such as documents that are attached."), "first", needed=False),
    Field("causes_found", N_("Established causes"), N_("Which causes has the inquiry established?"), "second"),
    Field("harm_found", N_("Established harm to people"), N_("Which harm has been established?"), "second"),
    Field("measures_more", N_("Further measures"), N_("What was done since the first notice?"), "second"),
    Field("inquiry", N_("The internal inquiry"),
          N_("By which decision was the inquiry held (№, date), by whom, and with what result?"), "second"),
    Field("culprits", N_("Whose acts caused it"),
          N_("Whose acts caused it: name and position; of outsiders name or company, IP address and place. Or: not established."),
          "second"),
    Field("more_found", N_("Other information on the inquiry"), N_("Anything else on the result."), "second", needed=False),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}


def of_stage(stage: Stage) -> list[Field]:
    """The fields that a notice is made of by itself."""
    return [field for field in FIELDS if field.stage == stage]


def gaps(answers: Mapping[str, str], stage: Stage) -> list[Field]:
    """The fields that a notice still wants."""
    return [field for field in of_stage(stage) if field.needed and not answers.get(field.key, "").strip()]


@dataclass(frozen=True)
class Receipt:
    """What the portal gave for the first notice: its number and date."""

    number: str
    dated: str = ""


def draft(
    desk: Desk, number: int, detected_at: datetime, answers: Mapping[str, str], stage: Stage, first: Receipt | None = None
) -> Paper:
    """The draft of a notice, in the language of the authority; a field that is not known leaves a line to write on.

    `detected_at` is the moment from which 24 and 72 hours count (UTC), `first` the receipt of the first notice.
    """
    language = desk.papers_language
    _ = spoken_in(language)
    title = (
        _("Notice of an incident with personal data (first)")
        if stage == "first"
        else _("Notice of the result of the internal inquiry (second)")
    )
    mailbox = desk.mailbox()
    operator = [
        (_("Operator"), desk.operator.name),
        (_("Address"), desk.operator.address),
        (_(BY_KEY["inn"].name), answers.get("inn", "")),
        (_("E-mail for answers"), mailbox.address if mailbox else ""),
    ]
    about = [(_("Detected"), moment(detected_at, desk.operator.zone))]
    if stage == "second":
        told = f"№ {first.number}" + (f", {first.dated}" if first.dated else "") if first else ""
        about.append((_("First notice: № and date"), told))
        about += [(_(BY_KEY[key].name), answers.get(key, "")) for key in ("happened", "people")]
    shown = [field for field in of_stage(stage) if field.key not in {"inn", "contact"}]
    about += [(_(field.name), answers.get(field.key, "")) for field in shown if field.needed or answers.get(field.key)]
    blocks: list[Block] = [
        Heading(_("1. The operator")),
        Fields(operator),
        Heading(_("2. The incident") if stage == "first" else _("2. The result of the inquiry")),
        Fields(about),
        Heading(_("3. Who speaks for the operator")),
        Fields([(_("Name, position, phone, e-mail"), answers.get("contact", ""))]),
        Text(_("Filed over the portal of Roskomnadzor (pd.rkn.gov.ru); this draft holds what its form asks for.")),
        Signatures([Signer()], (_("position"), _("signature"), _("name"))),
    ]
    return Paper(
        language=language,
        title=title,
        head=[_("To Roskomnadzor")] if language == "ru" else [_("To the authority")],
        subtitle=_("152-FZ Art. 21(3.1); Roskomnadzor Order 187 of 14.11.2022"),
        blocks=blocks,
        footer=_("Ticket № %(number)s") % {"number": number},
        page=pages(language),
        author=desk.operator.name,
    )
