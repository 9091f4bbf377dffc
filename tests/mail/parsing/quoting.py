"""Letters that quote ours, in the styles of tests/data/mail/quoting.toml."""

import html
import textwrap
import tomllib
from pathlib import Path

from mail.letters import render
from tests.mail.test_letters import ACKNOWLEDGEMENT, OPERATOR, REGIME, content

STYLES = tomllib.loads((Path(__file__).parents[2] / "data" / "mail" / "quoting.toml").read_text(encoding="utf-8"))["style"]
OURS = render(OPERATOR, REGIME, content("acknowledgement", ACKNOWLEDGEMENT)).text
THANKS = "Спасибо, получил."
DEMAND = "Спасибо. Ещё прошу сообщить, кому вы передавали мои данные, и уничтожить их."


def quoted(style, ours):
    """Our letter as the style shows it, whole and in two halves."""
    lines = ours.rstrip().split("\n")
    if style.get("html"):
        shown = [html.escape(line) + "<br>" for line in lines]
    else:
        shown = [marked for line in lines for marked in _marked(line, style)]
    middle = len(shown) // 2
    return "\n".join(shown), "\n".join(shown[:middle]), "\n".join(shown[middle:])


def _marked(line, style):
    prefix = style.get("prefix", "")
    pieces = textwrap.wrap(line, style["wrap"], break_long_words=False) if style.get("wrap") and line else [line]
    first = style.get("first", False)
    return [(prefix if not (first and number) else "") + piece for number, piece in enumerate(pieces or [""])]


def answer(style, own, ours=OURS):
    """The body of an answer in a style."""
    whole, first, second = quoted(style, ours)
    return style["body"].format(own=html.escape(own) if style.get("html") else own, quote=whole, quote1=first, quote2=second)


def letter(style, own, ours=OURS):
    """The bytes of an answer to our letter."""
    kind = "html" if style.get("html") else "plain"
    head = (
        "From: Ivan <ivan@people.test>\r\nSubject: Re: Statement [RD-17-q3fzk2vw5m]\r\n"
        "In-Reply-To: <rd.17.0011223344556677.abcdefghij@operator.test>\r\n"
        f"Message-ID: <1@people.test>\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n"
    )
    return (head + answer(style, own, ours)).encode()
