"""Pictures and files that stand inside a text as `data:` addresses: taken out as files, so that nobody reads base64."""

import re
from urllib.parse import unquote_to_bytes

from mail.parsing.filenames import safe_name
from mail.parsing.parsed import File
from mail.parsing.transfer import decoded

_DATA = re.compile(
    r"data:([a-z]{1,20}/[a-z0-9.+-]{1,60})?((?:;[a-z0-9-]{1,30}=[^;,\"'\s]{0,200}){0,5})(;base64)?,", re.IGNORECASE
)
_PACKED = re.compile(r"(?:[A-Za-z0-9+/=_-]+|%[0-9A-Fa-f]{2}|\s(?=[A-Za-z0-9+/=]{4}))*")
_PLAIN = re.compile(r"[^\"'\s)>]*")
_SHORTEST = 200  # characters of data from which on it is worth a file; less is a dot or a line of the layout
_MOST = 500
_ENDINGS = {"jpeg": "jpg", "svg+xml": "svg", "plain": "txt", "html": "html", "octet-stream": "bin", "x-icon": "ico"}


def without_data(text: str, *, page: bool) -> tuple[str, list[File]]:
    """`text` with a name in the place of each piece of data, and the files. Of a page, the name is a reference to the file."""
    if "data:" not in text and "DATA:" not in text:
        return text, []
    out: list[str] = []
    files: list[File] = []
    position = 0
    for found in _DATA.finditer(text):
        if found.start() < position or len(files) >= _MOST:
            continue
        body = (_PACKED if found[3] else _PLAIN).match(text, found.end())
        end = body.end() if body else found.end()
        if end - found.end() < _SHORTEST:
            if page and found[3]:
                out += [text[position : found.start()], "about:blank"]
                position = end
            continue
        file = _file(found, text[found.end() : end], len(files) + 1)
        files.append(file)
        out += [text[position : found.start()], f"cid:{file.content_id}" if page else f"[{file.name}]"]
        position = end
    out.append(text[position:])
    return "".join(out), files


def _file(found: re.Match[str], body: str, number: int) -> File:
    kind = (found[1] or "text/plain").lower()
    data = unquote_to_bytes(body)
    content = decoded(lambda: [data.replace(b"-", b"+").replace(b"_", b"/")], "base64")[0] if found[3] else data
    group, _, ending = kind.partition("/")
    name = safe_name(f"{'image' if group == 'image' else 'file'}-{number}.{_ENDINGS.get(ending, ending)}")
    return File(name, kind, content, inline=True, content_id=f"data-{number}")
