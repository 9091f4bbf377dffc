"""Telegram's HTML parse mode: its own small language, with its own complaints.

Offsets in complaints are bytes of the UTF-8 text, as Telegram counts them.
"""

import re

from sandbox.telegram.entities import FormattedText, utf16_length
from sandbox.telegram.records import Json

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));?")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")


class ParseError(ValueError):
    """The text cannot be parsed; the sentence is the one Telegram answers after "can't parse entities: "."""


class _Tag:
    def __init__(self, name: str, offset: int, attributes: dict[str, str]) -> None:
        self.name = name
        self.offset = offset
        self.attributes = attributes


def parse_html(source: str) -> FormattedText:
    """Text and entities of a message in HTML parse mode; ParseError with Telegram's words."""
    out: list[str] = []
    length = 0
    open_tags: list[_Tag] = []
    entities: list[Json] = []
    position = 0
    while position < len(source):
        char = source[position]
        if char == "&" and (decoded := _decode(source, position)) is not None:
            piece, position = decoded
            out.append(piece)
            length += utf16_length(piece)
        elif char != "<":
            out.append(char)
            length += utf16_length(char)
            position += 1
        elif source.startswith("</", position):
            position = _close(source, position, open_tags, entities, length)
        else:
            position = _open(source, position, open_tags, length)
    if open_tags:
        raise ParseError(f'Can\'t find end tag corresponding to start tag "{open_tags[-1].name}"')
    # Inner tags close first; of two that cover the same text the outer one comes first.
    entities.reverse()
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return FormattedText("".join(out), _merge_pre(entities))


def _byte(source: str, position: int) -> int:
    return len(source[:position].encode())


def _decode(source: str, position: int) -> tuple[str, int] | None:
    match = _ENTITY.match(source, position)
    if match is None:
        return None
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        return (_NAMED[name], match.end()) if name in _NAMED else None
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code >= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return None
    return chr(code), match.end()


def _open(source: str, position: int, open_tags: list[_Tag], length: int) -> int:
    begin = _byte(source, position)
    name = re.compile(r"[^\s>]*").match(source, position + 1)
    assert name is not None
    tag = name.group().lower()
    if name.end() >= len(source):
        raise ParseError(f"Unclosed start tag at byte offset {begin}")
    if tag not in _TAGS:
        raise ParseError(f'Unsupported start tag "{tag}" at byte offset {begin}')
    attributes: dict[str, str] = {}
    position = name.end()
    while True:
        while position < len(source) and source[position].isspace():
            position += 1
        if position >= len(source):
            raise ParseError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if source[position] == ">":
            break
        match = _ATTRIBUTE.match(source, position)
        if match is None:
            raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        attributes[match.group(1).lower()] = _attribute_value(match.group(2) or "")
        position = match.end()
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
    open_tags.append(_Tag(tag, length, attributes))
    return position + 1


def _attribute_value(raw: str) -> str:
    text = raw[1:-1] if raw[:1] in {'"', "'"} else raw
    return _ENTITY.sub(lambda match: (_decode(match.group(), 0) or (match.group(), 0))[0], text)


def _close(source: str, position: int, open_tags: list[_Tag], entities: list[Json], length: int) -> int:
    begin = _byte(source, position)
    if not open_tags:
        raise ParseError(f"Unexpected end tag at byte offset {begin}")
    end = source.find(">", position)
    if end < 0:
        raise ParseError(f"Unclosed end tag at byte offset {begin}")
    name = source[position + 2 : end].strip().lower()
    tag = open_tags.pop()
    if name and name != tag.name:
        raise ParseError(f'Unmatched end tag at byte offset {begin}, expected "</{tag.name}>", found "</{name}>"')
    if length > tag.offset and (entity := _entity(tag, length - tag.offset)) is not None:
        entities.append(entity)
    return end + 1


def _entity(tag: _Tag, length: int) -> Json | None:
    entity: Json = {"type": _TAGS[tag.name], "offset": tag.offset, "length": length}
    attributes = tag.attributes
    if tag.name == "a":
        url = attributes.get("href", "")
        user = re.fullmatch(r"tg://user\?id=(\d+)", url)
        if user is not None:
            return {**entity, "type": "text_mention", "user_id": int(user.group(1))}
        if not re.match(r"(?:https?|tg|ton|tonsite|mailto|tel):|[\w-]+\.[\w.-]+", url):
            return None
        return {**entity, "url": url if ":" in url else f"http://{url}/"}
    if tag.name == "blockquote" and "expandable" in attributes:
        return {**entity, "type": "expandable_blockquote"}
    if tag.name == "code" and attributes.get("class", "").startswith("language-"):
        return {**entity, "language": attributes["class"].removeprefix("language-")}
    if tag.name == "tg-emoji":
        return {**entity, "custom_emoji_id": attributes.get("emoji-id", "")}
    if tag.name == "tg-time":
        given = {"unix_time": int(attributes["unix"])} if attributes.get("unix", "").isdigit() else {}
        form = {"date_time_format": attributes["format"]} if "format" in attributes else {}
        return {**entity, **given, **form}
    return entity


def _merge_pre(entities: list[Json]) -> list[Json]:
    """Join `<pre><code class="language-x">`, which Telegram keeps as one entity with a language."""
    result: list[Json] = []
    for entity in entities:
        twin = next((e for e in result if e["type"] == "pre" and _same_place(e, entity) and entity["type"] == "code"), None)
        if twin is not None:
            if "language" in entity:
                twin["language"] = entity["language"]
            continue
        result.append(entity)
    for entity in result:
        if entity["type"] == "code":
            entity.pop("language", None)  # a language belongs to a block of code only
    return result


def _same_place(one: Json, other: Json) -> bool:
    return bool(one["offset"] == other["offset"] and one["length"] == other["length"])
