"""The statement to print, sign and post, in the private chat of who made it."""

from bot.calls import Errand
from bot.postings.papers import posted
from desk import contents
from desk.papers.statement import statement
from desk.papers.typesetting import set_paper
from desk.ports import Delivered
from models import Posted


async def paper_form(errand: Errand) -> Delivered:
    """The PDF with a line on what to do with it."""
    content = errand.content(contents.PaperForm)
    made = await set_paper(statement(errand.desk.operator, content))
    name = errand._("statement") + f"-{content.number}.pdf"
    caption = errand._("📄 Your statement № %(number)s on paper: print it, sign it and post it to %(address)s.") % {
        "number": content.number,
        "address": errand.desk.operator.address or errand.desk.operator.name,
    }

    async def post() -> list[int]:
        return [await posted(errand, made, name, caption)]

    await errand.once("pdf", Posted.PAPER_FORM, post)
    return errand.delivered()
