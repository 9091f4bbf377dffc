"""What the page asks of whoever plays with the sandbox: its own clock, its own timeline, its own examples."""

from typing import Any, Protocol

Json = dict[str, Any]


class PageError(Exception):
    """What was asked cannot be done; the text is a sentence for the person at the page."""


class Hooks(Protocol):
    """The product's side of the page. Texts for people are `{"ru": …, "en": …}`."""

    def about(self) -> Json:
        """What does not change while the page is open.

        `run` (another one after starting over), `title`, `zone` (IANA), `group` (chat id), `requesters` and `staff`
        (ids of people in Telegram), `mailbox` (the product's address), `writers` (`{"name", "address", "language"}`:
        who has a mailbox), `examples` (`{"id", "kind": "telegram" | "mail", "title", "hint"}`).
        """
        ...

    async def state(self) -> Json:
        """What is asked for again and again, so it must be cheap; sent to the page whenever it differs.

        `offset` (seconds the clock is ahead), `next` and `due` (`{"at", "title"}` or None: where the clock can be moved),
        `queues` (`{"inbound", "outbox", "parked"}`), `timeline` (see static/timeline.js), `progress` (facts for the guide).
        """
        ...

    async def move(self, how: Json) -> Json:
        """Move the clock: `{"hours"}`, `{"days"}` or `{"to": "next" | "due"}`. Raises PageError."""
        ...

    async def example(self, name: str, person: int | None) -> Json:
        """Play an example; the answer says where to look: `{"address"}` or `{"person"}`. Raises PageError."""
        ...
