"""What the messages about a decision share: how their parts are put together, and where one may complain."""

from collections.abc import Sequence
from typing import Any

from bot.text import Piece, units
from models import Entity


def assembled(parts: Sequence[tuple[str, str]]) -> Piece:
    """Paragraphs with their shapes ("bold", "blockquote", or "" for plain words) as one piece."""
    text, entities = "", list[Entity]()
    for part, shape in parts:
        text += "\n\n" if text else ""
        if shape:
            entities.append({"type": shape, "offset": units(text), "length": units(part)})
        text += part
    return text, entities


def complaint(regime: str, gettext: Any) -> str:
    """Where a requester who does not agree may go, by the law of the regime."""
    _ = gettext
    said: str = (
        _("If you do not agree, you may complain to Roskomnadzor or to a court (152-FZ Art. 17).")
        if regime.startswith("ru")
        else _("If you do not agree, you may complain to the supervisory authority or go to a court.")
    )
    return said
