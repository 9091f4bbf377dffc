"""The notice of an incident in the private chat of a person concerned."""

from collections.abc import Callable
from html import escape

from bot.calls import Errand
from bot.format import day_and_time
from desk import contents
from desk.i18n import words
from desk.ports import Delivered
from models import Posted


async def breach_notice(errand: Errand) -> Delivered:
    """What happened, which data, what was done, what to do, and whom to ask."""

    async def say() -> list[int]:
        return [await errand.post(breach_html(errand.content(contents.BreachNotice), errand))]

    await errand.once("words", Posted.BREACH_NOTICE, say)
    return errand.delivered()


def breach_html(content: contents.BreachNotice, errand: Errand) -> str:
    """The words of the message."""
    _ = words("bot", content.language).gettext
    when = day_and_time(content.detected_at, errand.desk.operator.zone, content.language)
    parts = [
        "<b>" + escape(_("🚨 Notice of an incident with your personal data")) + "</b>",
        escape(_("%(operator)s tells you: on %(when)s we detected an incident that concerns your personal data.")
               % {"operator": errand.desk.operator.name, "when": when}),
    ]  # fmt: skip
    parts += [
        f"<b>{escape(head)}</b>\n{escape(said)}" for head, said in said_to_people(lambda key: getattr(content, key), _) if said
    ]
    return "\n\n".join(parts)


def said_to_people(known: Callable[[str], str | None], _: Callable[[str], str]) -> list[tuple[str, str]]:
    """What people read of an incident: headings, and what is `known` by the key of the field."""
    heads = (
        (_("What happened"), "happened"),
        (_("Which data"), "categories"),
        (_("What it may lead to"), "harm"),
        (_("What we have done"), "measures"),
        (_("What you can do"), "advice"),
        (_("Whom to ask"), "contact"),
    )
    return [(head, known(key) or "") for head, key in heads]
