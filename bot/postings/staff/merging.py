"""What the desk says about merged tickets in their topics, and the offer to merge what looks alike."""

from html import escape

from bot.callbacks import MergeTap
from bot.calls import Errand
from bot.format import done_words, kind_short, topic_address
from bot.screens import Rows, button, link
from bot.text import clip
from desk.contents import Joint
from desk.i18n import stored
from desk.ports import Delivered
from desk.ticket import finding
from models import Posted

BUTTON_WORDS = 40


async def joint(errand: Errand) -> Delivered:
    """A sentence with what was done before, a way to the other topic, and buttons for the tickets that are offered."""
    said = errand.content(Joint)
    lines = [escape(stored("bot", errand.language, said.words, said.params))]
    if said.done:
        lines.append(escape(errand._("Done here before, so these terms of it do not run on:")))
        lines += [f"• {escape(_term(one, errand.language))}" for one in said.done]
    rows: Rows = []
    if said.to:
        address = topic_address(errand.chat, (await finding.topics_in(errand.chat, [said.to])).get(said.to))
        if address:
            rows.append([link(f"№ {said.to} →", address)])
    assert errand.ticket is not None
    for number in said.offer:
        words = errand._("↪️ Merge into № %(number)s") % {"number": number}
        rows.append([button(clip(words, BUTTON_WORDS), MergeTap(choice="ask", ticket=errand.ticket.id, into=number).pack())])
    errand.keep([await errand.post("\n".join(lines), buttons=rows, silent=bool(said.offer))], Posted.NOTICE)
    return errand.delivered()


def _term(named: str, language: str) -> str:
    """A clock as "kind.key" in words."""
    kind, _sep, key = named.partition(".")
    return f"{kind_short(kind, language)} — {done_words(kind, key, key, language)}"
