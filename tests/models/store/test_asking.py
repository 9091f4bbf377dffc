"""Several questions are one statement, and each is answered as if it had been asked alone."""

from datetime import UTC, datetime

import pytest

from models import Action, Contact, History, Requester
from models.store.asking import Question, ask
from models.store.chain import append, moment
from models.store.connect import transaction
from tests.bench.calls import counting

NAMES = ("Анна", "Борис", 'Вера "Ли"', "it's", "{0}", "100 %")
NOW = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)


def named(*names: str) -> Question:
    return Question(("id", "name"), "SELECT id, name FROM requester WHERE name {0} ORDER BY id", [list(names)])


def longer(than: int, but: str) -> Question:
    return Question(("name",), "SELECT name FROM requester WHERE length(name) > {0} AND name <> {1} ORDER BY id", [than, but])


LAST = Question(("hash", "at"), "SELECT hash, at FROM history ORDER BY id DESC LIMIT 1")


@pytest.fixture
async def people(db: None) -> list[Requester]:
    async with transaction():
        await append(History(ticket_id=None, at=NOW, actor="desk", action=Action.TOPIC_MADE, details={}))
        return [await Requester.create(name=name, created_at=NOW) for name in NAMES]


async def test_each_question_has_its_answer_in_its_place(people: list[Requester]) -> None:
    with counting() as calls:
        none, some, nobody, long, last = await ask(None, named(*NAMES), named("Глеб"), longer(4, "Борис"), LAST)
    assert calls.total() == 1
    assert none == nobody == []
    assert some == [{"id": one.id, "name": one.name} for one in people]
    assert long == [{"name": 'Вера "Ли"'}, {"name": "100 %"}]
    [end] = await History.all().order_by("-id").limit(1)
    assert (last[0]["hash"], moment(last[0]["at"])) == (end.hash, end.at)


async def test_a_value_may_stand_at_several_places_and_the_same_question_may_be_asked_twice(people: list[Requester]) -> None:
    either = Question(("id",), "SELECT id FROM requester WHERE name = {0} OR lower(name) = {0} OR name {1}", ["it's", ["{0}"]])
    assert await ask(either, either) == [[{"id": people[3].id}, {"id": people[4].id}]] * 2


async def test_what_says_nothing_is_nothing_and_no_question_is_no_statement(people: list[Requester]) -> None:
    await Contact.create(requester=people[0], kind="email", value="anna@people.test", created_at=NOW)
    nothing = Question(("of", "which"), "SELECT requester_id AS of, NULL AS which FROM contact")
    assert await ask(nothing) == [[{"of": people[0].id, "which": None}]]
    with counting() as calls:
        assert await ask(None, None) == [[], []]
    assert not calls


async def test_a_question_may_have_many_parts_and_many_values(people: list[Requester]) -> None:
    """As that of a batch of letters that name many clues: a hundred of them make one question."""
    one = "SELECT * FROM (SELECT id FROM requester WHERE name = {%d} AND id > {%d} ORDER BY id DESC LIMIT 2) AS part"
    words = " UNION ALL ".join(one % (2 * number, 2 * number + 1) for number in range(100))
    wide = Question(("id",), words, [one for number in range(100) for one in (NAMES[number % len(NAMES)], 0)])
    answers = await ask(*[wide] * 12)
    assert {len(rows) for rows in answers} == {100}
