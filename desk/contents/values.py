"""What all contents of outbox rows have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from desk.texts import Text
from models import Posted

# What fills the places of a sentence of a catalogue.
Params: TypeAlias = Mapping[str, str | int]
# What a question to staff is about, by name: the ids and words that its answer needs (kept as JSON).
Asked: TypeAlias = Mapping[str, str | int | None]


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
