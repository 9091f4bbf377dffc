"""Telegram's MarkdownV2 and old Markdown parse modes, with Telegram's complaints."""

import re

from sandbox.telegram.entities import FormattedText, utf16_length
from sandbox.telegram.parse_html import ParseError
from sandbox.telegram.records import Json

_RESERVED = "_*[]()~`>#+-=|{}.!"
_NAMES = {
    "*": "Bold",
    "_": "Italic",
    "__": "Underline",
    "~": "Strikethrough",
    "||": "Spoiler",
    "`": "Code",
    "```": "PreCode",
    "[": "TextUrl",
    "![": "CustomEmoji",
}
_TYPES = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
}


class _Open:
    def __init__(self, mark: str, offset: int, byte: int) -> None:
        self.mark = mark
        self.offset = offset
        self.byte = byte
        self.language = ""


class _Scanner:
    """Walks through MarkdownV2 once, keeping what is open on a stack."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.out: list[str] = []
        self.length = 0
        self.stack: list[_Open] = []
        self.entities: list[Json] = []
        self.quote: int | None = None
        """Where the block quotation began that is open now."""
        self.marked = False
        """The `>` of this line was read."""

    def byte(self, position: int | None = None) -> int:
        return len(self.source[: self.position if position is None else position].encode())

    def emit(self, text: str) -> None:
        self.out.append(text)
        self.length += utf16_length(text)

    def at(self, text: str) -> bool:
        return self.source.startswith(text, self.position)

    def run(self) -> FormattedText:
        while self.position < len(self.source):
            self.step()
        self.end_quote()
        if self.stack:
            last = self.stack[-1]
            raise ParseError(f"Can't find end of {_NAMES[last.mark]} entity at byte offset {last.byte}")
        self.entities.sort(key=lambda e: (e["offset"], -e["length"]))
        return FormattedText("".join(self.out), self.entities)

    def step(self) -> None:
        char = self.source[self.position]
        line_start = (self.length == 0 or self.out[-1] == "\n") and not self.marked
        if self.quote is not None and line_start and char != ">":
            self.end_quote()
        if char == "\\" and self.position + 1 < len(self.source) and ord(self.source[self.position + 1]) <= 126:
            self.emit(self.source[self.position + 1])
            self.position += 2
            return
        inside = self.stack[-1].mark if self.stack else ""
        if inside in {"`", "```"}:
            self.code(inside, char)
            return
        if char == ">" and line_start:
            if self.quote is None:
                self.quote = self.length
            self.marked = True
            self.position += 1
            return
        self.marked = self.marked and char != "\n"
        if char == "\n" or char not in _RESERVED:
            self.emit(char)
            self.position += 1
            return
        self.mark(inside, char)

    def code(self, inside: str, char: str) -> None:
        if self.at(inside):
            self.position += len(inside)
            self.close()
            return
        self.emit(char)
        self.position += 1

    def mark(self, inside: str, char: str) -> None:
        found = next((m for m in ("```", "||", "__", "![", "*", "_", "~", "`", "[") if self.at(m)), None)
        if found == "__" and inside == "_" and not self.at("___"):
            found = "_" if not any(o.mark == "__" for o in self.stack) else found
        if found == "||" and self.quote is not None and inside != "||" and self.ends_line(2):
            self.position += 2
            self.end_quote(expandable=True)
        elif found is not None and found == inside:
            self.position += len(found)
            self.close()
        elif found is not None:
            self.open(found)
        elif char == "]" and inside in {"[", "!["}:
            self.link()
        else:
            raise ParseError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def ends_line(self, width: int) -> bool:
        after = self.source[self.position + width : self.position + width + 1]
        return after in {"", "\n"}

    def open(self, mark: str) -> None:
        entry = _Open(mark, self.length, self.byte())
        self.position += len(mark)
        if mark == "```":
            match = re.compile(r"([^\s`]+)\n|\n").match(self.source, self.position)
            if match is not None:
                entry.language = match.group(1) or ""
                self.position = match.end()
        self.stack.append(entry)

    def close(self) -> None:
        entry = self.stack.pop()
        if self.length > entry.offset:
            entity: Json = {
                "type": _TYPES[entry.mark],
                "offset": entry.offset,
                "length": self.length - entry.offset,
            }
            if entry.language:
                entity["language"] = entry.language
            self.entities.append(entity)

    def link(self) -> None:
        entry = self.stack.pop()
        self.position += 1
        url = ""
        if self.at("("):
            begin = self.position
            self.position += 1
            piece: list[str] = []
            while self.position < len(self.source) and self.source[self.position] != ")":
                if self.source[self.position] == "\\" and self.position + 1 < len(self.source):
                    self.position += 1
                piece.append(self.source[self.position])
                self.position += 1
            if self.position >= len(self.source):
                raise ParseError(f"Can't find end of a URL at byte offset {self.byte(begin)}")
            self.position += 1
            url = "".join(piece)
        length = self.length - entry.offset
        entity = link_entity(url, entry.offset, length, emoji=entry.mark == "![")
        if length and entity is not None:
            self.entities.append(entity)

    def end_quote(self, *, expandable: bool = False) -> None:
        if self.quote is None:
            return
        start, self.quote = self.quote, None
        end = self.length
        if self.out and self.out[-1] == "\n":
            end -= 1
        if end > start:
            kind = "expandable_blockquote" if expandable else "blockquote"
            self.entities.append({"type": kind, "offset": start, "length": end - start})


def link_entity(url: str, offset: int, length: int, *, emoji: bool = False) -> Json | None:
    """Entity of a link, a mention by id or a custom emoji; None when the address is none."""
    place: Json = {"offset": offset, "length": length}
    identifier = re.fullmatch(r"tg://emoji\?id=(\d+)", url)
    if emoji:
        return {"type": "custom_emoji", **place, "custom_emoji_id": identifier.group(1)} if identifier else None
    user = re.fullmatch(r"tg://user\?id=(\d+)", url)
    if user is not None:
        return {"type": "text_mention", **place, "user_id": int(user.group(1))}
    if not re.match(r"(?:https?|tg|ton|tonsite|mailto|tel):|[\w-]+\.[\w.-]+", url):
        return None
    return {"type": "text_link", **place, "url": url if ":" in url else f"http://{url}/"}


def parse_markdown_v2(source: str) -> FormattedText:
    """Text and entities of a message in MarkdownV2; ParseError with Telegram's words."""
    return _Scanner(source).run()


def parse_markdown(source: str) -> FormattedText:
    """Text and entities of a message in the old Markdown, which knows no nesting."""
    out: list[str] = []
    length = 0
    entities: list[Json] = []
    position = 0
    while position < len(source):
        char = source[position]
        if char == "\\" and source[position + 1 : position + 2] in {"_", "*", "`", "["}:
            out.append(source[position + 1])
            length += 1
            position += 2
            continue
        if char not in "_*`[":
            out.append(char)
            length += utf16_length(char)
            position += 1
            continue
        begin = len(source[:position].encode())
        mark = "```" if source.startswith("```", position) else char
        ending = "]" if mark == "[" else mark
        end = source.find(ending, position + len(mark))
        if end < 0:
            raise ParseError(f"Can't find end of the entity starting at byte offset {begin}")
        inner = source[position + len(mark) : end]
        position = end + len(ending)
        kind: Json = {"type": _TYPES[mark]} if mark != "[" else {}
        if mark == "```":
            head, _, rest = inner.partition("\n")
            if rest and head and not head.isspace() and " " not in head:
                kind["language"] = head
                inner = rest
            else:
                inner = inner.removeprefix("\n")
        entity: Json | None = {**kind, "offset": length, "length": utf16_length(inner)}
        if mark == "[":
            url = ""
            if source.startswith("(", position) and (stop := source.find(")", position)) > 0:
                url = source[position + 1 : stop]
                position = stop + 1
            entity = link_entity(url, length, utf16_length(inner))
        if inner and entity is not None:
            entities.append(entity)
        out.append(inner)
        length += utf16_length(inner)
    return FormattedText("".join(out), entities)
