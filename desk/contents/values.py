"""What all contents of outbox rows have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeAlias

from desk.texts import Text
from models import Entity, Posted

# What fills the places of a sentence of a catalogue.
Params: TypeAlias = Mapping[str, str | int]
# What a question to staff is about, by name: the ids and words that its answer needs (kept as JSON).
Asked: TypeAlias = Mapping[str, str | int | None]


class AsItCame:
    """Marks a part of a content that is carried and not looked into: whoever shows it leaves out what is nonsense in it."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> Any:
        """Have pydantic read anything (desk.contents.stored)."""
        from pydantic_core import core_schema  # noqa: PLC0415 - see there

        return core_schema.any_schema()


# The formatting of a text.
Formatting: TypeAlias = tuple[Annotated[Entity, AsItCame()], ...]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What an outbox row holds, complete enough for a process that knows nothing else.

    `errand` is the row's, `called` what people read for it, `channels` those that carry it out, `where` its conversation as a
    person would write it, `roles` what its postings are. `form` counts the forms in which it was kept (desk.contents.stored).
    """

    errand: ClassVar[str]
    called: ClassVar[Text]
    channels: ClassVar[tuple[str, ...]]
    where: ClassVar[str]
    roles: ClassVar[tuple[Posted, ...]] = ()
    form: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class Spoken(Content):
    """A content with words in it, in the reader's language (a code of desk.i18n); empty: whatever is usual there."""

    language: str = ""
