"""A rich message (Bot API `RichMessage`) as plain text: its blocks one below another."""

from collections.abc import Iterator
from typing import Any

from bot.content.salvage import words_in

# Blocks within blocks deeper than this are only searched for words.
_DEEPEST = 40


def rich_text(message: Any) -> str:
    """The text of a rich message; of blocks we do not know, their words."""
    return "\n".join(line for line in _blocks(_of(message, "blocks"), 0) if line.strip())


def inline(text: Any, depth: int = 0) -> str:
    """The words of a RichText: a string, a list of them, or one with a look."""
    if depth > _DEEPEST:
        return words_in(text)
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(inline(one, depth + 1) for one in text)
    if not isinstance(text, dict):
        return ""
    words = inline(next((text[key] for key in ("text", "alternative_text", "expression") if key in text), ""), depth + 1)
    if "button" in text:
        words += inline(_of(text["button"], "text"), depth + 1)
    url = text.get("url")
    return f"{words} ({url})" if isinstance(url, str) and url.rstrip("/") not in words else words


def _blocks(blocks: Any, depth: int) -> Iterator[str]:
    for block in blocks if isinstance(blocks, list) else []:
        yield from _block(block, depth)


def _block(block: Any, depth: int) -> Iterator[str]:
    if not isinstance(block, dict) or depth > _DEEPEST:
        yield words_in(block)
        return
    quoted = "> " if "quotation" in str(block.get("type", "")) else ""
    known = False
    for key in ("summary", "text", "expression"):
        if key in block:
            known = True
            yield quoted + inline(block[key])
    for cells in block["cells"] if isinstance(block.get("cells"), list) else []:
        known = True
        yield " | ".join(inline(_of(cell, "text")) for cell in cells) if isinstance(cells, list) else words_in(cells)
    for item in block["items"] if isinstance(block.get("items"), list) else []:
        known = True
        yield from _item(item, depth)
    if "blocks" in block:
        known = True
        yield from (quoted + line for line in _blocks(block["blocks"], depth + 1))
    for button in block["buttons"] if isinstance(block.get("buttons"), list) else []:
        known = True
        yield f"[{inline(_of(button, 'text'))}]"
    place = block.get("location")
    if isinstance(place, dict):
        known = True
        yield f"📍 {place.get('latitude')},{place.get('longitude')}"
    for key in ("caption", "credit"):
        if key in block:
            known = True
            caption = block[key]
            told = (
                [caption] if not isinstance(caption, dict) or "type" in caption else [caption.get("text"), caption.get("credit")]
            )
            yield from (quoted + inline(one) for one in told if one)
    if not known:
        yield words_in(block)


def _item(item: Any, depth: int) -> Iterator[str]:
    lines = list(_blocks(_of(item, "blocks"), depth + 1)) or [words_in(item)]
    label = str(_of(item, "label") or "•")
    if _of(item, "has_checkbox"):
        label = "✅" if _of(item, "is_checked") else "☐"
    yield f"{label} {lines[0]}"
    yield from (f"   {line}" for line in lines[1:])


def _of(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, dict) else None
