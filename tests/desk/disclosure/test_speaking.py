"""Letters by mail of representatives, parents and children: what the ticket knows, and what the gate makes of it."""

import pytest

from desk import contents
from desk.disclosure import gate, mandates, verifying
from desk.outward import addressing, asking, replies
from models import History, Outbox, Ticket, Verification
from models.store.connect import transaction
from tests.desk.people import Bench, letter

PHONE = "Мы храним номер +7 916 765-43-21."


async def _comes(bench: Bench, text: str, number: int = 1, **changes: object) -> Ticket:
    row = await bench.arrives(letter(bench.now(), number=number, text=text, new_text=text, **changes))
    return await Ticket.get(id=row.ticket_id)


@pytest.mark.parametrize(
    ("text", "speaker", "minor"),
    [
        ("Отзываю согласие.", "", ""),
        ("Действую по доверенности от Петровой А. И., прошу удалить её данные.", "representative", ""),
        ("Я адвокат, ордер № 15, прошу сведения о доверителе.", "advocate", ""),
        ("Удалите данные моего сына, ему 9 лет.", "parent", ""),
        ("Я опекун Петровой Анны.", "guardian", ""),
        ("Мой муж умер, прошу удалить его профиль.", "heir", ""),
        ("Мне 12 лет, удалите мой аккаунт.", "", "under14"),
        ("Мне 16 лет, отзываю согласие.", "", "under18"),
    ],
)
async def test_a_letter_tells_who_speaks(bench: Bench, text: str, speaker: str, minor: str) -> None:
    ticket = await _comes(bench, text)
    assert (ticket.speaker, ticket.minor) == (speaker, minor)


async def test_a_later_letter_of_the_ticket_tells_it_too(bench: Bench) -> None:
    ticket = await _comes(bench, "Отзываю согласие.")
    ours = bench.out["mail"].rows[0].content["message_id"]
    await _comes(bench, "Забыла сказать: мне 12 лет.", 2, ticket_id=ticket.id, kinds=(), reply_to=(ours,))
    assert (await Ticket.get(id=ticket.id)).minor == "under14"
    assert await History.filter(action="minor seen").count() == 1


async def test_staff_are_asked_about_a_child_once(bench: Bench) -> None:
    await _comes(bench, "Мне 12 лет, удалите мой аккаунт.")
    asked = [contents.of(row, contents.Young) for row in bench.out["staff"].rows if row.errand == "young"]
    assert asked == [contents.Young(writer="under14", child="")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Мне 12 лет, что вы обо мне храните?", "minor"),
        ("Удалите данные моего сына.", "mandate"),
        ("Действую по доверенности от Петровой А. И.", "mandate"),
    ],
)
async def test_even_who_is_verified_gets_no_personal_data_without_the_right_to(bench: Bench, text: str, why: str) -> None:
    ticket = await _comes(bench, text)
    await Verification.create(
        ticket=ticket, kind="email", value="anna@example.org", level="staff", compared=[], by="staff:2", at=bench.now()
    )
    async with transaction():
        row = await replies.reply(
            bench.desk, ticket, staff=await bench.boris(), text=PHONE, entities=None, files=(), external_id="-1001:5", album="",
            reply_to=5, now=bench.now(),
        )  # fmt: skip
    await bench.run()
    bench.now.forward(hours=1)
    await bench.run()
    assert (await Outbox.get(id=row.id)).state == "waiting"
    asked = next(contents.of(one, contents.Gate) for one in bench.out["staff"].rows if one.errand == "gate")
    assert asked.reasons == (why,)


@pytest.mark.parametrize(
    ("basis", "role"),
    [
        ("👪 Родитель", "parent"),
        ("👪 Parent", "parent"),
        ("🏠 Опекун или попечитель", "guardian"),
        ("🏠 Guardian or trustee", "guardian"),
        ("доверенность № 7 от 01.03.2026", "representative"),
        ("power of attorney No. 7 of 1 March 2026", "representative"),
        ("power of attorney", "representative"),
        ("адвокат, ордер 15", "advocate"),
        ("I am her lawyer", "advocate"),
        ("наследник", "heir"),
        ("муж", "representative"),
        ("", "representative"),
    ],
)
def test_the_right_to_act_that_the_dialog_asked_for_names_the_role(basis: str, role: str) -> None:
    assert mandates.role_in(basis) == role


@pytest.mark.parametrize("role", [*mandates.Role, "minor"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_more_is_asked_than_the_law_lets(role: str, language: str) -> None:
    said = asking.words_for(role, language, "17")
    assert "17" in said
    forbidden = ("селфи", "selfie", "скан паспорта", "scan of the passport", "нотариально заверенн")
    assert not [word for word in forbidden if word in said.casefold()]


async def test_the_answers_to_a_child_go_to_the_parent_whom_staff_name(bench: Bench) -> None:
    ticket = await _comes(bench, "Мне 12 лет, что вы обо мне храните?")
    async with transaction():
        await addressing.name(bench.desk, ticket, "mother@people.test", "Мария Петрова", await bench.boris(), bench.now())
    ticket = await Ticket.get(id=ticket.id)
    assert (ticket.answer_to, ticket.speaker) == ("mother@people.test", "parent")
    async with transaction():
        row = await replies.reply(
            bench.desk, ticket, staff=await bench.boris(), text=PHONE, entities=None, files=(), external_id="-1001:5", album="",
            reply_to=5, now=bench.now(),
        )  # fmt: skip
    await bench.run()
    asked = next(contents.of(one, contents.Gate) for one in bench.out["staff"].rows if one.errand == "gate")
    assert (row.conversation, asked.reasons) == ("mail:mother@people.test", ("level", "mandate"))
    async with transaction():
        await verifying.verify(bench.desk, ticket, ("phone",), await bench.boris(), bench.now())
        shown = mandates.Shown(mandates.Document.BIRTH, number="123456")
        await mandates.check(bench.desk, ticket, shown, await bench.boris(), bench.now())
        await gate.look_again(bench.desk, ticket, bench.now())
    bench.now.forward(hours=1)
    await bench.run()
    assert bench.out["mail"].rows[-1].content["text"] == PHONE
