"""The letterhead: a letter of the desk as a PDF of the operator, to sign and to post, in the very words that leave by mail."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from desk.context import Operator
from desk.i18n import N_
from desk.latin import latin
from desk.papers.typesetting import set_pdf
from desk.papers.words import pages, spoken_in

# A line of so many characters at most, that ends as no sentence does, is a heading.
_HEADING = 90
_ENDS = ".,;:!?…"


def is_heading(line: str) -> bool:
    """Whether a line of a letter stands over what follows it."""
    text = line.strip()
    return bool(text) and len(text) <= _HEADING and text[-1] not in _ENDS and not text.startswith(("–", "-", "•", "«"))


def headings(text: str) -> list[tuple[int, int]]:
    """Where the headings of a letter stand in its text: first and last place. A heading opens a paragraph of several lines."""
    found, at = [], 0
    lines = text.split("\n")
    for before, (line, after) in zip(["", *lines], pairwise([*lines, ""]), strict=False):
        if not before.strip() and after.strip() and is_heading(line):
            found.append((at, at + len(line)))
        at += len(line) + 1
    return found


async def pdf(operator: Operator, language: str, text: str, signer: tuple[str, str], at: datetime) -> bytes:
    """The letter on the letterhead. `signer` is position and name: the lines with which the text ends."""
    return await set_pdf("letter", data(operator, language, text, signer), at)


def data(operator: Operator, language: str, text: str, signer: tuple[str, str]) -> dict[str, Any]:
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
        "parts": _parts(body),
        "people": [{"position": position, "name": name}],
        "captions": [_(N_("position")), _(N_("signature")), _(N_("name"))],
        "footer": "",
        "page": pages(language),
    }


def _parts(body: str) -> list[dict[str, str]]:
    """The paragraphs of a letter; the first is its registration where it names a number."""
    found: list[dict[str, str]] = []
    marked = {start for start, _ in headings(body)}
    at = 0
    for number, paragraph in enumerate(body.split("\n\n")):
        if at in marked:
            line, _, rest = paragraph.partition("\n")
            found += [{"kind": "heading", "text": line}, {"kind": "text", "text": rest}]
        elif number == 0 and ("№" in paragraph or "No." in paragraph) and len(paragraph) < 200:
            found.append({"kind": "register", "text": paragraph})
        elif number == 1 and found[0]["kind"] == "register" and "\n" not in paragraph and is_heading(paragraph):
            found.append({"kind": "addressee", "text": paragraph})
        elif "\n" not in paragraph and is_heading(paragraph):
            found.append({"kind": "heading", "text": paragraph})
        else:
            found.append({"kind": "text", "text": paragraph})
        at += len(paragraph) + 2
    return [one for one in found if one["text"].strip()]
