"""How contents are kept in rows: written as JSON with their form, read back as the value of the row's errand.

A row may be older than this release. What a new form lacks in old rows has a default in its class; what was called or built
otherwise is brought to the present form by an entry of `UPGRADES`. A row without "form" has form 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from desk.contents import letters, postings, screens
from desk.contents.values import Content
from desk.errors import Permanent
from models import Outbox

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Kind = TypeVar("Kind", bound=Content)
Json = dict[str, Any]

# Every kind of content, in the order in which its modules name them.
KINDS: Final[tuple[type[Content], ...]] = tuple(
    kind
    for module in (letters, postings, screens)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Content) and kind.__module__ == module.__name__ and "errand" in vars(kind)
)
_BY_ERRAND: Final[dict[tuple[str, str], type[Content]]] = {
    (channel, kind.errand): kind for kind in KINDS for channel in kind.channels
}
# From the form of the key to the next one: what it takes to bring the JSON of an errand there.
UPGRADES: Final[dict[tuple[type[Content], int], Callable[[Json], Json]]] = {
    # An alert about no ticket had "" for its number.
    (letters.Alert, 1): lambda kept: kept | {"number": kept.get("number") or 0},
}
# The parts of an envelope that JSON calls otherwise, for they are words of the language here.
_CALLED: Final = {"sender": "from", "sender_name": "from_name"}
# What JSON holds as it is; most of a content is of these.
_JSON: Final = {str, int, bool, float, type(None)}
# Keys beside the content itself: its form, and the steps of a delivery that were made (Telegram: step → message ids).
_FORM, _STEPS = "form", "done"
# And since when (seconds) it is not known whether a posting was made whose answer was lost.
_UNCONFIRMED = "unconfirmed"


def know(kind: type[Content]) -> None:
    """Have the rows of a kind of content read."""
    for channel in kind.channels:
        _BY_ERRAND[channel, kind.errand] = kind


def kind(channel: str, errand: str) -> type[Content] | None:
    """The kind of content of an errand; None for one that its channel does not know."""
    return _BY_ERRAND.get((channel, errand))


def as_json(content: Content) -> Json:
    """A content as it is kept: its fields by name, those of an envelope among them, dates and instants in ISO 8601."""
    kept = {name: value for name, value in _fields(content).items() if value is not None}
    if content.form > 1:
        kept[_FORM] = content.form
    if isinstance(content, letters.Letter):
        kept |= {_CALLED.get(name, name): value for name, value in kept.pop("envelope", {}).items()}
    return kept


def _fields(value: Any) -> Json:
    return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _plain(value: Any) -> Any:
    if type(value) in _JSON:
        return value
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def read(row: Outbox) -> Content:
    """What a row holds. Raises Permanent where its channel knows no such errand, or its JSON is not what the errand needs."""
    return reading(row.channel, row.errand, row.content)


def of(row: Outbox, kind: type[Kind]) -> Kind:
    """What a row holds, which is of this kind. Raises as `read` does; another kind is a fault of the caller's."""
    content = read(row)
    if not isinstance(content, kind):
        raise TypeError(f"Row {row.id} holds {type(content).__name__}, not {kind.__name__}.")
    return content


def reading(channel: str, errand: str, kept: Mapping[str, Any]) -> Content:
    """A content from its JSON. Raises Permanent where the channel knows no such errand, or it is not what the errand needs."""
    kind = _BY_ERRAND.get((channel, errand))
    if kind is None:
        raise Permanent(f"The channel {channel} knows no errand “{errand[:40]}”.")
    now = dict(kept)
    for form in range(int(now.get(_FORM, 1)), kind.form):
        now = UPGRADES[kind, form](now)
    if issubclass(kind, letters.Letter) and "message_id" in now:
        now["envelope"] = {each.name: now[key] for each in fields(letters.Envelope) if (key := _key(each.name)) in now}
    try:
        content: Content = _adapter(channel, errand).validate_python(now)
    except ValueError as error:
        # Without the values: they are people's words.
        where = ", ".join(sorted({".".join(map(str, one["loc"])) for one in getattr(error, "errors", list)()}))
        raise Permanent(f"The content of “{errand}” cannot be read: {where}.") from None
    return content


def _key(name: str) -> str:
    return _CALLED.get(name, name)


@cache
def _adapter(channel: str, errand: str) -> "TypeAdapter[Any]":
    """What reads the contents of an errand."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - it takes as long to load as all the rest of the desk

    return TypeAdapter(_BY_ERRAND[channel, errand])


def amend(row: Outbox, content: Content) -> None:
    """Have a row that waits hold something else; the caller saves it. The steps of its delivery stay as they were made."""
    made = steps_of(row)
    row.content = as_json(content) | ({_STEPS: made} if made else {})


def steps_of(row: Outbox) -> dict[str, list[int]]:
    """The steps of a row's delivery that were made, each with the ids of its postings."""
    made = row.content.get(_STEPS)
    return dict(made) if isinstance(made, dict) else {}


def keep_steps(row: Outbox, made: dict[str, list[int]]) -> None:
    """Note which steps of a row's delivery were made; the caller saves it."""
    row.content[_STEPS] = made


def forget_steps(row: Outbox) -> bool:
    """Forget the steps of a row's delivery, the caller saves it; whether there were any."""
    return row.content.pop(_STEPS, None) is not None


def mark_unconfirmed(row: Outbox, at: int | None) -> None:
    """Note that a posting may have been made though its answer was lost (None: that is clear now); the caller saves it."""
    row.content.pop(_UNCONFIRMED, None)
    if at is not None:
        row.content[_UNCONFIRMED] = at


def unconfirmed_since(row: Outbox) -> int | None:
    """Since when (seconds) it is not known whether a posting of the row was made; None: all is clear."""
    at = row.content.get(_UNCONFIRMED)
    return at if isinstance(at, int) else None
