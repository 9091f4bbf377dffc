"""Tells the little pictures of signatures and layouts from pictures that somebody sent to be looked at."""

import re
from collections.abc import Collection
from io import BytesIO

from mail.parsing.parsed import File

_LIGHT = 3_000  # bytes of a picture that can show nothing worth a posting
_AREA = 200 * 200  # pixels
_FLAT = 130  # pixels of height up to which a wide picture is a logo
_LONGEST = 300_000  # bytes from which on nothing is an icon, whatever its page says
_PROGRAMS_NAME = re.compile(
    r"(?:image\d{3}|outlook-[\w-]+|logo[\w-]*|icon[\w-]*|facebook|telegram|vk|whatsapp|instagram)\.\w{3,4}", re.IGNORECASE
)


def is_aside(file: File, small: Collection[str]) -> bool:
    """Whether `file` is an icon; `small` are the content ids that the page shows no larger than one."""
    if not file.type.startswith("image/") or len(file.content) > _LONGEST:
        return False
    if not file.content_id and not _PROGRAMS_NAME.fullmatch(file.name):
        return False
    if file.content_id in small or len(file.content) <= _LIGHT:
        return True
    size = _size(file.content)
    return size is not None and (size[0] * size[1] <= _AREA or size[1] <= _FLAT)


def _size(content: bytes) -> tuple[int, int] | None:
    from PIL import Image  # noqa: PLC0415 - only where a letter has pictures inside

    try:
        with Image.open(BytesIO(content)) as picture:  # reads the head only
            return picture.size
    except Exception:  # noqa: BLE001 - no picture that can be read: it is posted
        return None
