"""A letter in the topic before it leaves: its words as the requester would get them, what is missing marked, its files."""

from collections.abc import Iterable

from bot.calls import Errand
from bot.postings.media import Manner, post_files
from bot.text import shifted, units
from desk import contents
from desk.ports import Delivered
from models import Attachment, Entity, Posted


async def draft(errand: Errand) -> Delivered:
    """Post the letter; it bears no buttons, so that what stands there is the letter and nothing else."""
    content = errand.content(contents.Draft)
    start = ("📄 " if content.complete else "🚧 ") + errand._("A draft, nobody got it yet") + "\n\n"
    entities = shifted(content.entities, units(start))
    entities.insert(0, {"type": "italic", "offset": 0, "length": units(start.rstrip())})
    await errand.write((start + content.text, entities), Posted.DRAFT)
    if errand.row.message_id is not None:
        files = await Attachment.filter(message_id=errand.row.message_id).order_by("id")
        await post_files(errand, files, Manner(Posted.DRAFT, upload=True))
    return errand.delivered()


def marked(text: str, gaps: Iterable[str]) -> list[Entity]:
    """Where gaps stand in a letter, as entities that make them plain to see."""
    found: list[Entity] = []
    for gap in dict.fromkeys(gaps):
        words, at = f"«{gap}»", -1
        while (at := text.find(words, at + 1)) >= 0:
            found += [{"type": kind, "offset": units(text[:at]), "length": units(words)} for kind in ("bold", "underline")]
    return found
