"""Coroutines of one task in turns: each goes on until it asks something, and what they ask is answered for all at once.

So handlers that act for one message each, and read like it, have the desk take what they bring together. They share the
task, and with it the transaction that is open in it; only one of them runs at any moment.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from types import coroutine
from typing import Any, Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Asks(Generic[Question]):
    """What a coroutine that runs in turns awaits to have a question answered."""

    question: Question

    def __await__(self) -> Generator["Asks[Question]", Any, Any]:
        return (yield self)


@dataclass(frozen=True)
class _Ended(Generic[Result]):
    result: Result


@coroutine
def _on(one: Coroutine[Any, Any, Result], given: Any) -> Generator[Any, Any, Asks[Any] | _Ended[Result]]:
    """Let a coroutine go on with what it was given until it asks or ends; what it waits for besides, this task waits for."""
    go: Callable[[Any], Any] = one.send
    while True:
        try:
            waits = go(given)
        except StopIteration as ended:
            return _Ended(ended.value)
        if isinstance(waits, Asks):
            return waits
        try:
            go, given = one.send, (yield waits)
        except BaseException as raised:  # noqa: BLE001 - it is the coroutine's: an order to stop among others
            go, given = one.throw, raised


async def in_turns(
    ones: Sequence[Coroutine[Any, Any, Result]],
    answered: Callable[[list[Any]], Awaitable[Sequence[Any]]],
) -> list[Result]:
    """The results of coroutines; in each round all go on in their order, and `answered` gives the answers to what they ask.

    What one of them raises, or answering does, ends all.
    """
    results: dict[int, Result] = {}
    given: dict[int, Any] = dict.fromkeys(range(len(ones)))
    try:
        while given:
            asked: dict[int, Any] = {}
            for number, answer in given.items():
                stands = await _on(ones[number], answer)
                if isinstance(stands, Asks):
                    asked[number] = stands.question
                else:
                    results[number] = stands.result
            given = dict(zip(asked, await answered(list(asked.values())), strict=True)) if asked else {}
    finally:
        for one in ones:
            one.close()
    return [results[number] for number in range(len(ones))]
