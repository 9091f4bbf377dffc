"""What is remembered of a conversation in a private chat, in its row of models.Dialog, from one message to the next."""

from typing import Any, TypedDict


class Asked(TypedDict):
    """The question which request is meant: its turn, the ticket in which the messages lie until the answer, and when it was."""

    turn: int
    ticket: int
    messages: list[str]
    at: str


class Kinds(TypedDict):
    """A question about kinds of a ticket; without kinds it was answered."""

    turn: int
    ticket: int
    kinds: list[str]


class Here(TypedDict):
    """The ticket that the conversation is about, since a moment."""

    ticket: int
    at: str


class Sent(TypedDict):
    """The ticket of the last dialog, and the messages that were answers in it."""

    ticket: int
    messages: list[int]


class Remembered(TypedDict, total=False):
    """Moments are ISO in UTC. `draft` and `shelf` are drafts as they are stored (bot.requester.draft).

    `language` is the chosen one; `privacy`: the notice was shown; `turn` counts the buttons, `pace` the screens of a minute;
    `folded` is the line that the live screen becomes. `thanked`, `offered` and `told` (by ticket) keep from saying it again.
    """

    language: str
    privacy: bool
    turn: int
    pace: list[Any]
    folded: str
    draft: dict[str, Any] | None
    shelf: list[dict[str, Any]]
    here: Here
    sent: Sent
    asked: Asked
    sure: Kinds
    meant: Kinds
    thanked: str
    offered: str
    told: dict[str, str]
