"""Codes to an address the operator holds: wrong, late, repeated, replaced; both ways; never kept."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from desk import contents
from desk.context import Codes
from desk.disclosure import codes, file, identity, verifying
from desk.disclosure.identity import Place
from desk.errors import Refused
from desk.ports import Sender
from mail.letters import build
from models import Challenge, ChallengeState, Held, Level, Outbox, Ticket, Verification
from models.store.connect import transaction
from tests.desk.people import Bench, letter

HELD = Place("email", "anna@home.example")
ANNA = Place("email", "anna@example.org")


@pytest.fixture
async def ticket(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now()))
    return await Ticket.get()


async def _sends(bench: Bench, to: Place = HELD) -> str:
    async with transaction():
        made = await codes.send(bench.desk, await Ticket.get(id=1), to, await bench.boris(), bench.now())
    await bench.run()
    return await codes.digits(bench.desk, made.id)


async def _replies(bench: Bench, text: str, number: int, **changes: object) -> None:
    """Anna replies in the thread of our letters."""
    ours = bench.out["mail"].rows[0].content["message_id"]
    told = {"text": text, "new_text": text, "kinds": (), "ticket_id": 1, "reply_to": (ours,), "subject": "Re:"} | changes
    await bench.arrives(letter(bench.now(), number=number, **told))


def _news(bench: Bench) -> list[str]:
    return [row.content["outcome"] for row in bench.out["mail"].rows if row.errand == "code_news"]


async def _level() -> Level:
    return await identity.level(await Ticket.get(id=1))


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_code_that_comes_back_by_mail_proves_who_writes(bench: Bench, ticket: Ticket) -> None:
    code = await _sends(bench)
    [sent] = [row for row in bench.out["mail"].rows if row.errand == "code"]
    assert sent.content["to"] == HELD.value
    assert _news(bench) == ["sent"]
    await _replies(bench, f"Код {code[:3]} {code[3:]}", 2)
    assert await _level() == Level.CODE
    assert _news(bench) == ["sent", "proved"]
    assert (await Challenge.get()).state == ChallengeState.PROVED
    assert "🔑" in [row for row in bench.out["staff"].rows if row.errand == "notice"][-1].content["words"]


async def test_the_letter_bears_the_code_and_the_database_does_not(bench: Bench, ticket: Ticket) -> None:
    code = await _sends(bench)
    row = await Outbox.get(errand="code")
    content = contents.of(row, contents.Code)
    raw = build(bench.desk.operator, "ru-152fz", replace(content, digits=code)).raw
    assert b"text/plain" in raw
    challenge = await Challenge.get()
    kept = json.dumps([row.content, {name: str(getattr(challenge, name)) for name in challenge._meta.db_fields}])
    assert code not in kept
    assert not [one for one in await Outbox.all() if code in json.dumps(one.content)]


async def test_a_code_survives_a_restart_and_a_new_key(bench: Bench, ticket: Ticket) -> None:
    code = await _sends(bench)
    newer = type(bench.desk.signer)(b"n" * 32, (b"k" * 32,))
    assert await codes.digits(replace(bench.desk, signer=newer), (await Challenge.get()).id) == code
    async with transaction():
        came = await codes.answered(replace(bench.desk, signer=newer), ANNA, code, bench.now())
    assert came == codes.Came.PROVED


async def test_wrong_codes_are_counted_and_then_it_is_void(bench: Bench, ticket: Ticket) -> None:
    bench.desk = replace(bench.desk, codes=Codes(tries=2))
    for door in bench.doors.values():
        door.desk = bench.desk
    code = await _sends(bench)
    await _replies(bench, _other(code), 2)
    assert (await Challenge.get()).tries == 1
    await _replies(bench, _other(code), 3)
    assert (await Challenge.get()).state == ChallengeState.SPENT
    await _replies(bench, code, 4)
    assert _news(bench) == ["sent", "wrong", "spent", "spent"]
    assert await _level() == Level.SENDER


async def test_a_late_code_brings_a_new_one_and_the_cap_holds(bench: Bench, ticket: Ticket) -> None:
    bench.desk = replace(bench.desk, codes=Codes(life=timedelta(hours=1), per_day=2))
    for door in bench.doors.values():
        door.desk = bench.desk
    code = await _sends(bench)
    bench.now.forward(hours=2)
    await _replies(bench, code, 2)
    assert _news(bench) == ["sent", "resent"]
    await _replies(bench, code, 3)
    assert _news(bench)[-1] == "older"
    assert await _level() == Level.SENDER
    bench.now.forward(hours=2)
    await _replies(bench, code, 4)
    assert _news(bench)[-1] == "late_ended"
    with pytest.raises(Refused, match="Enough codes"):
        await _sends(bench)


async def test_a_code_is_good_once_and_its_repeat_is_told_so(bench: Bench, ticket: Ticket) -> None:
    code = await _sends(bench)
    await _replies(bench, code, 2)
    await _replies(bench, code, 3)
    assert _news(bench) == ["sent", "proved", "again"]
    assert await Verification.all().count() == 1


async def test_a_code_from_another_address_proves_nothing(bench: Bench, ticket: Ticket) -> None:
    code = await _sends(bench)
    mallory = Sender("email", "mallory@example.org", name="Мэллори")
    await _replies(bench, code, 2, sender=mallory)
    held = Sender("email", HELD.value, name="Анна")
    await _replies(bench, code, 3, sender=held)
    assert await _level() == Level.SENDER
    assert _news(bench) == ["sent"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("123456", "123456"),
        ("Код 123 456", "123456"),
        ("Здравствуйте, вот код: 123-456. Спасибо!", "123456"),
        ("code 123456\n\nSent from my phone", "123456"),
        ("Мой заказ 123456, верните деньги за него, пожалуйста, до конца месяца, жду ответа", ""),
        ("Сумма 123456.50", ""),
        ("12345678", ""),
        ("123456 или 654321", ""),
        ("", ""),
    ],
)
def test_a_code_is_read_from_an_answer(text: str, code: str) -> None:
    assert codes.in_text(text) == code


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("email", "anna@mail.ru", "a•••@m•••.ru"), ("email", "a@b.c.org", "a•••@b•••.org"), ("telegram", "77", "Telegram")],
)
def test_the_address_held_is_not_told_to_who_may_not_know_it(kind: str, value: str, shown: str) -> None:
    assert codes.masked(kind, value) == shown


async def test_a_code_to_a_telegram_account_comes_back_by_mail(bench: Bench, ticket: Ticket) -> None:
    code = await _sends(bench, Place("telegram", "77"))
    [sent] = [row for row in bench.out["telegram"].rows if row.errand == "code"]
    assert sent.conversation == "tg:77"
    await _replies(bench, code, 2)
    assert await _level() == Level.CODE


async def test_a_check_by_code_is_taken_back(bench: Bench, ticket: Ticket) -> None:
    await _replies(bench, await _sends(bench), 2)
    async with transaction():
        assert await verifying.take_back(bench.desk, await Ticket.get(), await bench.boris(), bench.now()) == Level.SENDER


@pytest.mark.parametrize("word", ["support@desk.example", "nobody", "@unknown"])
async def test_what_a_code_cannot_go_to_is_refused(bench: Bench, ticket: Ticket, word: str) -> None:
    with pytest.raises(Refused):
        await _sends(bench, await codes.place_held(word))


# --- what the operator holds


async def test_a_list_is_brought_in_once_and_offers_where_a_code_may_go(bench: Bench, ticket: Ticket) -> None:
    text = "ФИО;Почта;Договор\nПетрова Анна Ивановна;anna@home.example;А-17\nСидоров Пётр;petr@mail.ru;Б-1\n"
    assert await file.bring_in(text, bench.now()) == (2, 2)
    assert await file.bring_in(text, bench.now()) == (0, 2)
    assert [one.value for one in await codes.on_file(await Ticket.get())] == [HELD.value]


async def test_an_answer_to_the_address_that_is_held_of_this_very_person_is_more_than_said(bench: Bench, ticket: Ticket) -> None:
    await Held.create(kind="email", value=ANNA.value, name="Анна Петрова", source="import", added_at=bench.now())
    assert await _level() == Level.AUTHENTICATED
    await Held.all().update(name="Пётр Сидоров")
    assert await _level() == Level.SENDER


@pytest.mark.parametrize("text", ["", "a;b\n1;2", "имя\nАнна"])
async def test_a_list_without_known_columns_is_refused(bench: Bench, text: str) -> None:
    with pytest.raises(Refused):
        await file.bring_in(text, bench.now())


async def test_the_address_they_write_from_is_none_that_is_held(bench: Bench, ticket: Ticket) -> None:
    with pytest.raises(Refused, match="write from"):
        await _sends(bench, ANNA)
    await Held.create(kind="email", value=ANNA.value, name="Анна Петрова", source="import", added_at=bench.now())
    await _replies(bench, await _sends(bench, ANNA), 2)
    assert await _level() == Level.CODE


async def test_no_code_goes_to_a_phone(bench: Bench, ticket: Ticket) -> None:
    await Held.create(kind="phone", value="79161234567", name="Анна Петрова", source="import", added_at=bench.now())
    assert await codes.on_file(ticket) == []
    with pytest.raises(Refused, match="by phone"):
        await _sends(bench, Place("phone", "79161234567"))
