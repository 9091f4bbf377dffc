"""The question whether a reply that went out was what a demand waits for."""

from collections.abc import Sequence
from html import escape

from bot.callbacks import ProofTap
from bot.calls import Errand
from bot.format import kind_short
from bot.screens import Rows, button
from bot.text import clip
from desk import contents
from desk.i18n import words
from desk.ports import Delivered
from models import Posted

BUTTON_WORDS = 48


async def was_answer(errand: Errand) -> Delivered:
    """The question with a button for each step that the reply may have been."""
    asked = errand.content(contents.WasAnswer)
    html, rows = question(asked.reply, asked.steps, errand.language)
    errand.keep([await errand.post(html, buttons=rows, silent=True)], Posted.NOTICE)
    return errand.delivered()


def question(reply: int, steps: Sequence[contents.OpenStep], language: str) -> tuple[str, Rows]:
    """The words and the buttons: a reply may have been several of them, one tap after the other."""
    _ = words("bot", language).gettext
    lines = [
        escape(_("The reply has gone out. Was it what one of these steps waits for?")),
        *(f"• {escape(one.name)} ({escape(kind_short(one.kind, language))})" for one in steps),
    ]
    rows: Rows = [
        [
            button(
                clip(f"✅ {one.name} ({kind_short(one.kind, language)})", BUTTON_WORDS),
                ProofTap(choice="was", demand=one.demand, key=one.key, id=reply).pack(),
            )
        ]
        for one in steps
    ]
    none = ProofTap(choice="no", demand=steps[0].demand, key=steps[0].key, id=reply)
    return "\n".join(lines), [*rows, [button(_("No, only a message"), none.pack())]]
