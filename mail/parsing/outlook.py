"""Outlook's own containers: winmail.dat (TNEF) and saved letters (.msg), as words and files."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from mail.parsing import charset
from mail.parsing.filenames import safe_name
from mail.parsing.filetext import rtf_text
from mail.parsing.htmltext import html_to_text
from mail.parsing.parsed import File

TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LONGEST_RTF = 4_000_000
_MOST_FILES = 500
_DEEPEST = 3

# Names of MAPI properties in a .msg file ([MS-OXMSG], [MS-OXPROPS]).
_SUBJECT, _BODY, _HTML, _RTF = "0037", "1000", "1013", "1009"
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = "0C1A", "0C1F", "5D01"
_DATA, _LONG_NAME, _SHORT_NAME, _MIME, _CONTENT_ID = "3701", "3707", "3704", "370E", "3712"


@dataclass(frozen=True)
class Opened:
    """What was in a container."""

    words: str = ""
    files: tuple[File, ...] = ()
    subject: str = ""
    sender: str = ""  # "Name <address>", as far as it is known


def is_tnef(kind: str, content: bytes) -> bool:
    return content.startswith(TNEF_SIGNATURE) or kind in {"application/ms-tnef", "application/vnd.ms-tnef"}


def is_msg(name: str, content: bytes) -> bool:
    return content.startswith(OLE_SIGNATURE) and name.lower().endswith(".msg")


def tnef(content: bytes) -> Opened:
    """What is in a winmail.dat. Raises whatever the library raises for a broken one."""
    from tnefparse import TNEF  # type: ignore[import-untyped]  # noqa: PLC0415 - rarely needed

    box: Any = TNEF(content, do_checksum=False)
    files = []
    for number, one in enumerate(box.attachments[:_MOST_FILES], 1):
        long = [attr.data for attr in one.mapi_attrs if attr.name == 0x3707]
        # The library decodes the short name as UTF-8, which it never is.
        name = _said(long[0] if long else getattr(one, "_name", b""), box.codepage)
        files.append(_file(name or f"file-{number}.bin", bytes(one.data or b"")))
    plain = _said(box.body, box.codepage)
    page = html_to_text(_said(box.htmlbody, box.codepage)) if box.htmlbody else ""
    packed = getattr(box, "_rtfbody", None)
    return Opened(plain.strip() or page.strip() or _unpacked(packed), tuple(files))


def _said(value: Any, codepage: str | None) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    text = charset.decode(value, codepage)[0] if isinstance(value, bytes) else str(value or "")
    return charset.clean(text.strip("\0"))


def _unpacked(packed: Any) -> str:
    """The text of a body that is RTF, packed as Outlook packs it ([MS-OXRTFCP])."""
    if isinstance(packed, list):
        packed = packed[0] if packed else b""
    if not isinstance(packed, bytes) or len(packed) > _LONGEST_RTF:
        return ""
    from compressed_rtf import decompress  # type: ignore[import-untyped]  # noqa: PLC0415 - rarely needed

    try:
        return rtf_text(decompress(packed))
    except Exception:  # noqa: BLE001 - a body that cannot be unpacked leaves the files
        return ""


def _file(name: str, content: bytes, kind: str = "application/octet-stream", content_id: str | None = None) -> File:
    return File(safe_name(name), kind or "application/octet-stream", content, inline=bool(content_id), content_id=content_id)


def msg(content: bytes) -> Opened:
    """What is in a saved letter of Outlook. Raises whatever the library raises for a broken one."""
    import olefile  # type: ignore[import-untyped]  # noqa: PLC0415 - rarely needed

    with olefile.OleFileIO(BytesIO(content)) as box:
        return _letter(box, [], _DEEPEST)


def _letter(box: Any, place: list[str], levels: int) -> Opened:
    names = {tuple(one) for one in box.listdir()}
    page = _property(box, names, place, _HTML)
    words = _property(box, names, place, _BODY).strip() or (html_to_text(page).strip() if page else "")
    if not words:
        words = _unpacked(_bytes(box, names, place, _RTF))
    address = _property(box, names, place, _SENDER_SMTP) or _property(box, names, place, _SENDER_ADDRESS)
    sender = _property(box, names, place, _SENDER)
    return Opened(
        words,
        tuple(_attached(box, names, place, levels)),
        _property(box, names, place, _SUBJECT),
        f"{sender} <{address}>".strip() if "@" in address else sender,
    )


def _attached(box: Any, names: set[tuple[str, ...]], place: list[str], levels: int) -> Iterator[File]:
    depth = len(place)
    rooms = sorted({one[depth] for one in names if list(one[:depth]) == place and one[depth].startswith("__attach_version1.0_")})
    for number, room in enumerate(rooms[:_MOST_FILES], 1):
        here = [*place, room]
        name = _property(box, names, here, _LONG_NAME) or _property(box, names, here, _SHORT_NAME)
        inner = [*here, f"__substg1.0_{_DATA}000D"]
        if any(list(one[: len(inner)]) == inner for one in names):
            if levels > 1:
                letter = _letter(box, inner, levels - 1)
                yield _file(f"{letter.subject or name or 'letter'}.txt", letter.words.encode(), "text/plain")
                yield from letter.files
            continue
        data = _bytes(box, names, here, _DATA)
        content_id = _property(box, names, here, _CONTENT_ID) or None
        yield _file(name or f"file-{number}.bin", data, _property(box, names, here, _MIME).lower(), content_id)


def _bytes(box: Any, names: set[tuple[str, ...]], place: list[str], key: str) -> bytes:
    path = [*place, f"__substg1.0_{key}0102"]
    return bytes(box.openstream(path).read()) if tuple(path) in names else b""


def _property(box: Any, names: set[tuple[str, ...]], place: list[str], key: str) -> str:
    for kind, codec in (("001F", "utf-16-le"), ("001E", None), ("0102", None)):
        path = [*place, f"__substg1.0_{key}{kind}"]
        if tuple(path) in names:
            data = box.openstream(path).read()
            return charset.clean(data.decode(codec, "replace") if codec else charset.decode(data)[0]).strip("\0")
    return ""
