"""The letterhead: a letter of the desk as a PDF of the operator, to sign and to post, in the very words that leave by mail."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from desk.context import Operator
from desk.i18n import N_
from desk.latin import latin
from desk.papers.typesetting import set_pdf
from desk.papers.words import pages, spoken_in

# So many characters at most has what tells the number of a letter, or whom it is to.
_REGISTER: Final = 200
_ENDS: Final = ".,;:!?…"


def headings(text: str, known: Collection[str]) -> list[tuple[int, int]]:
    """Where the headings of a letter stand in its text, first and last place: the lines that open a paragraph and are `known`."""
    found, at, before = [], 0, ""
    for line in text.split("\n"):
        if not before.strip() and line.strip() in known:
            found.append((at, at + len(line)))
        at, before = at + len(line) + 1, line
    return found


async def pdf(
    operator: Operator, language: str, text: str, signer: tuple[str, str], known: Collection[str], at: datetime
) -> bytes:
    """The letter on the letterhead. `signer` is position and name, the lines with which the text ends; `known` are headings."""
    return await set_pdf("letter", data(operator, language, text, signer, known), at)


def data(operator: Operator, language: str, text: str, signer: tuple[str, str], known: Collection[str]) -> dict[str, Any]:
    """What the paper shows: the head, the parts of the letter in their order, the place for the signature."""
    _, spelt = spoken_in(language), (lambda words: words) if language == "ru" else latin
    position, name = signer
    body = text.strip()
    for ending in (f"{position}\n{name}", f"{name}\n{position}", name, position):
        if ending.strip() and body.endswith(ending):
            body = body.removesuffix(ending).rstrip()
            break
    return {
        "language": language,
        "title": _(N_("Letter")),
        "author": spelt(operator.name),
        "head": [one for one in (spelt(operator.name), spelt(operator.address), operator.site) if one],
        "parts": _parts(body, known),
        "people": [{"position": position, "name": name}],
        "captions": [_(N_("position")), _(N_("signature")), _(N_("name"))],
        "footer": "",
        "page": pages(language),
    }


def _parts(body: str, known: Collection[str]) -> list[dict[str, str]]:
    """The paragraphs of a letter; the first is its registration where it names a number, the next one then whom it is to."""
    found: list[dict[str, str]] = []
    for number, paragraph in enumerate(body.split("\n\n")):
        line, _, rest = paragraph.partition("\n")
        if line.strip() in known:
            found += [{"kind": "heading", "text": line}, {"kind": "text", "text": rest}]
        elif number == 0 and ("№" in paragraph or "No." in paragraph) and len(paragraph) < _REGISTER:
            found.append({"kind": "register", "text": paragraph})
        elif number == 1 and found[0]["kind"] == "register" and _names(paragraph):
            found.append({"kind": "addressee", "text": paragraph})
        else:
            found.append({"kind": "text", "text": paragraph})
    return [one for one in found if one["text"].strip()]


def _names(paragraph: str) -> bool:
    """Whether a paragraph is no sentence but a name, an office, an address."""
    return len(paragraph) < _REGISTER and paragraph.rstrip()[-1:] not in _ENDS
