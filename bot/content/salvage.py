"""Words in data of a shape that we do not know: a kind of content newer than this program, or one that arrived broken."""

from collections.abc import Iterator
from typing import Any


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Under these names stands what somebody wrote for others to read.
_WRITTEN = _words(
    """
    text caption title question description explanation label summary credit name message comment note option_text
    alternative_text expression address vcard first_name last_name phone_number
    """
)
# Under these stands who did something, or what machines tell each other.
_NOT_SAID = _words(
    """
    user from chat sender_chat via_bot sender_user completed_by_user completed_by_chat added_by_user added_by_chat
    sender_business_bot type id file_id file_unique_id file_name mime_type file_path thumbnail entities style
    text_entities caption_entities title_entities question_entities explanation_entities description_entities language
    date_time_format
    """
)
# Data nested deeper than this, and more pieces of words than this, are left alone.
_DEEPEST, _MOST = 60, 2_000


def words_in(data: Any) -> str:
    """Everything in the data that reads like words of a person, a line each, in the order in which it stands."""
    found: list[str] = []
    for piece in _walk(data, "", 0):
        found.append(piece)
        if len(found) >= _MOST:
            break
    return "\n".join(dict.fromkeys(found))


def _walk(data: Any, name: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST or name in _NOT_SAID:
        return
    if isinstance(data, str):
        words = data.strip()
        if words and (name in _WRITTEN or _reads_like_words(words)):
            yield words
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _walk(value, str(key), depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _walk(value, name, depth + 1)


def _reads_like_words(text: str) -> bool:
    """Several words, or letters that no identifier is made of."""
    return any(sign.isalpha() for sign in text) and (not text.isascii() or len(text.split()) > 1)
