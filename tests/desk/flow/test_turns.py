"""Coroutines in turns: in their order, one at a moment, with what they ask answered for all at once."""

import asyncio

import pytest

from desk.flow.turns import Asks, in_turns

Asked = list[list[str]]


class Handlers:
    """Handlers that write down what they do, and the answers they are given."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.asked: Asked = []

    async def asking(self, name: str, *questions: str) -> str:
        said = [name]
        for question in questions:
            self.done.append(f"{name} asks {question}")
            said.append(await Asks(question))
        self.done.append(f"{name} ends")
        return " ".join(said)

    async def answered(self, questions: list[str]) -> list[str]:
        self.asked.append(questions)
        return [one.upper() for one in questions]


async def test_what_several_ask_is_answered_at_once_and_each_gets_its_own_answer() -> None:
    they = Handlers()
    found = await in_turns([they.asking("a", "x"), they.asking("b"), they.asking("c", "y", "z")], they.answered)
    assert found == ["a X", "b", "c Y Z"]
    assert they.asked == [["x", "y"], ["z"]]
    assert they.done == ["a asks x", "b ends", "c asks y", "a ends", "c asks z", "c ends"]


async def test_nobody_who_asks_nothing_is_answered() -> None:
    they = Handlers()
    assert await in_turns([they.asking("a"), they.asking("b")], they.answered) == ["a", "b"]
    assert await in_turns([], they.answered) == []
    assert they.asked == []


async def test_one_that_waits_for_the_world_is_waited_for_before_the_next_goes_on() -> None:
    they, came = Handlers(), asyncio.Event()

    async def waiting() -> str:
        they.done.append("waits")
        asyncio.get_running_loop().call_soon(came.set)
        await came.wait()
        they.done.append("came")
        return str(await Asks("w"))

    assert await in_turns([waiting(), they.asking("b", "x")], they.answered) == ["W", "b X"]
    assert they.done == ["waits", "came", "b asks x", "b ends"]
    assert they.asked == [["w", "x"]]


async def test_all_run_in_the_task_that_runs_them() -> None:
    async def task() -> object:
        await Asks("x")
        return asyncio.current_task()

    async def answered(questions: list[str]) -> list[str]:
        return questions

    assert await in_turns([task(), task()], answered) == [asyncio.current_task()] * 2


async def test_what_one_of_them_raises_ends_all_that_have_not_ended() -> None:
    they, ended = Handlers(), []

    async def bad() -> str:
        await Asks("x")
        raise ValueError("bad")

    async def later() -> str:
        try:
            return str(await Asks("y"))
        finally:
            ended.append("later")

    with pytest.raises(ValueError, match="bad"):
        await in_turns([they.asking("a", "q"), bad(), later()], they.answered)
    assert they.done == ["a asks q", "a ends"]
    assert ended == ["later"]


async def test_answers_that_cannot_be_given_end_all() -> None:
    they = Handlers()

    async def refused(_questions: list[str]) -> list[str]:
        raise LookupError("no answer")

    with pytest.raises(LookupError, match="no answer"):
        await in_turns([they.asking("a", "x"), they.asking("b", "y")], refused)
    assert they.done == ["a asks x", "b asks y"]


async def test_an_order_to_stop_reaches_the_one_that_waits() -> None:
    told: list[str] = []

    async def waiting() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("stopped")
            raise

    they = Handlers()
    task = asyncio.ensure_future(in_turns([waiting()], they.answered))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["stopped"]
