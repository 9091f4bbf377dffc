"""The paper statement: a requester's written statement, made of what they said in the dialog, ready to print, sign and post.

Some policies ask for a statement on paper beside the electronic one. The law sets no form for a withdrawal (152-FZ Art. 9(2)),
so nothing is asked here that was not said, but for the places to sign and to name an address for the answer.
"""

from desk import contents
from desk.context import Operator
from desk.papers.paper import Fields, Heading, Paper, Signatures, Signer, Text
from desk.papers.words import moment, pages, spoken_in


def statement(operator: Operator, content: contents.PaperForm) -> Paper:
    """The statement of a request, in the language in which it was made."""
    language = content.language
    _ = spoken_in(language)
    demanded = [f"{number}. {one.name} ({one.article})" for number, one in enumerate(content.kinds, 1)]
    # The first lines of the electronic statement are its own head.
    said = content.text.partition("\n\n")[2] or content.text
    return Paper(
        language=language,
        title=_("Statement"),
        subtitle=_("on the processing of personal data"),
        blocks=[
            Fields(
                [
                    (_("To"), operator.name),
                    (_("Address"), operator.address),
                    (_("From"), content.name),
                    (_("Address for the answer"), ""),
                ]
            ),
            Heading(_("My demands")),
            Text("\n".join(demanded)),
            Text(said),
            Text(
                _("The same statement was sent in electronic form on %(when)s, № %(number)s.")
                % {"when": moment(content.sent_at, operator.zone), "number": content.number}
            ),
            Signatures([Signer(name=content.name)], (_("date"), _("signature"), _("name"))),
            Heading(_("How to send it")),
            Text(
                _("Sign it and post it to %(address)s, best as a registered letter with a receipt. "
                  "No copy of a passport is needed. The terms count from whichever came first, on paper or not.")
                % {"address": operator.address or operator.name}
            ),
        ],
        page=pages(language),
        author=content.name,
    )  # fmt: skip
