"""The gate of disclosure: personal data do not leave below the operator's level, unless staff answer for it by name."""

import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from desk import contents
from desk.disclosure import gate, verifying
from desk.errors import Refused
from desk.outward import replies
from desk.ports import File
from desk.ticket.staffing import known
from models import Contact, History, Level, Outbox, OutboxState, Ticket, Verification
from models.store.connect import transaction
from tests.desk.people import Bench, letter

PASSPORT = "Ваш паспорт 4510 123456 у нас не хранится."
PHONE = "Мы храним Ваш номер +7 916 765-43-21."
PLAIN = "Согласие отозвано, данные удалены 10.12.2026."


@pytest.fixture
async def ticket(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now()))
    return await Ticket.get()


async def _says(bench: Bench, ticket: Ticket, text: str, number: int = 50, **more: Any) -> Outbox:
    values: dict[str, Any] = {"entities": None, "files": (), "album": ""} | more
    async with transaction():
        return await replies.reply(
            bench.desk,
            await Ticket.get(id=ticket.id),
            staff=await bench.boris(),
            text=text,
            external_id=f"-1001:{number}",
            reply_to=number,
            now=bench.now(),
            **values,
        )


async def _left(bench: Bench, hours: float = 1) -> list[str]:
    """The answers that reached the requester."""
    for _ in range(3):
        await bench.run()
        bench.now.forward(hours=hours)
    await bench.run()
    return [str(row.content["text"]) for row in bench.out["mail"].rows if row.errand == "reply"]


def _asked(bench: Bench) -> list[contents.Gate]:
    return [contents.of(row, contents.Gate) for row in bench.out["staff"].rows if row.errand == "gate"]


@pytest.mark.parametrize(
    ("level", "text", "leaves"),
    [
        (Level.SENDER, PLAIN, True),
        (Level.SAID, PLAIN, True),
        (Level.SAID, PHONE, False),
        (Level.SENDER, PHONE, False),
        (Level.AUTHENTICATED, PHONE, False),
        (Level.CODE, PHONE, True),
        (Level.DOCUMENT, PHONE, True),
        (Level.STAFF, PASSPORT, True),
        (Level.SENDER, PASSPORT, False),
        (Level.SENDER, "Дата рождения: 12.03.1985", False),
        (Level.SENDER, "СНИЛС 112-233-445 95", False),
        (Level.CODE, "СНИЛС 112-233-445 95", True),
    ],
)
async def test_what_leaves_at_which_level(bench: Bench, ticket: Ticket, level: Level, text: str, *, leaves: bool) -> None:
    await _proved(bench, ticket, level)
    await _says(bench, ticket, text)
    assert await _left(bench) == ([text] if leaves else [])
    assert bool(_asked(bench)) is not leaves


async def _proved(bench: Bench, ticket: Ticket, level: Level) -> None:
    await Contact.all().update(verified=min(level, Level.AUTHENTICATED))
    if level > Level.AUTHENTICATED:
        contact = await Contact.get()
        await Verification.create(
            ticket=ticket, kind=contact.kind, value=contact.value, level=level, compared=[], by="staff:2", at=bench.now()
        )


@pytest.mark.parametrize(
    ("wanted", "level", "leaves"),
    [
        (Level.SENDER, Level.SENDER, True),
        (Level.AUTHENTICATED, Level.SENDER, False),
        (Level.AUTHENTICATED, Level.AUTHENTICATED, True),
        (Level.STAFF, Level.DOCUMENT, False),
        (Level.STAFF, Level.STAFF, True),
    ],
)
async def test_the_operator_sets_the_level(bench: Bench, ticket: Ticket, wanted: Level, level: Level, *, leaves: bool) -> None:
    bench.desk = replace(bench.desk, disclose_from=wanted)
    await _proved(bench, ticket, level)
    await _says(bench, ticket, PHONE)
    assert await _left(bench) == ([PHONE] if leaves else [])


@pytest.mark.parametrize("later", [None, timedelta(hours=1)])
async def test_an_override_is_by_name_and_for_these_very_words(bench: Bench, ticket: Ticket, later: timedelta | None) -> None:
    row = await _says(bench, ticket, PHONE, at=bench.now() + later if later else None)
    assert await _left(bench) == []
    [asked] = _asked(bench)
    assert (asked.found, asked.reasons, asked.level, asked.wanted) == (("phone",), ("level",), "sender", "code")
    async with transaction():
        assert await gate.override(bench.desk, row.id, asked.digest, "Звонил сам", await bench.boris(), bench.now())
    assert await _left(bench) == [PHONE]
    told = await History.get(action="disclosure overridden")
    assert (told.actor, told.details["reason"], told.details["found"]) == ("staff:2", "Звонил сам", ["phone"])


async def test_after_an_override_other_words_are_looked_at_anew(bench: Bench, ticket: Ticket) -> None:
    row = await _says(bench, ticket, PHONE)
    await bench.run()
    async with transaction():
        await gate.override(bench.desk, row.id, _asked(bench)[0].digest, "Звонил сам", await bench.boris(), bench.now())
    other = PHONE + " И СНИЛС 112-233-445 95."
    await _says(bench, ticket, other)  # the same message, edited
    assert await _left(bench) == []
    assert _asked(bench)[-1].found == ("snils", "phone")


async def test_a_button_of_other_words_lets_nothing_go(bench: Bench, ticket: Ticket) -> None:
    row = await _says(bench, ticket, PHONE)
    await bench.run()
    [before] = _asked(bench)
    await _says(bench, ticket, PHONE + " Дата рождения: 12.03.1985")
    with pytest.raises(Refused, match="changed"):
        await gate.override(bench.desk, row.id, before.digest, "Звонил", await bench.boris(), bench.now())
    assert await _left(bench) == []


async def test_the_number_of_a_passport_leaves_on_no_reason_but_that_it_is_none(bench: Bench, ticket: Ticket) -> None:
    row = await _says(bench, ticket, PASSPORT)
    await bench.run()
    [asked] = _asked(bench)
    with pytest.raises(Refused, match="number of a document"):
        await gate.override(bench.desk, row.id, asked.digest, "Очень просит", await bench.boris(), bench.now())
    assert await _left(bench) == []
    async with transaction():
        boris = await bench.boris()
        assert await gate.override(bench.desk, row.id, asked.digest, "Номер заказа", boris, bench.now(), false_alarm=True)
    assert await _left(bench) == [PASSPORT]


async def test_a_reason_is_needed(bench: Bench, ticket: Ticket) -> None:
    row = await _says(bench, ticket, PHONE)
    await bench.run()
    with pytest.raises(Refused, match="why"):
        await gate.override(bench.desk, row.id, _asked(bench)[0].digest, "  ", await bench.boris(), bench.now())


async def test_what_staff_mark_is_kept_whatever_it_holds(bench: Bench, ticket: Ticket) -> None:
    await _says(bench, ticket, "Кличка собаки: Рекс", marked=True)
    assert await _left(bench) == []
    assert _asked(bench)[0].found == ("marked",)


async def test_who_is_verified_gets_at_once_what_was_stopped(bench: Bench, ticket: Ticket) -> None:
    await _says(bench, ticket, PASSPORT)
    assert await _left(bench) == []
    async with transaction():
        await verifying.verify(bench.desk, await Ticket.get(), ("contract", "birth"), await bench.boris(), bench.now())
    assert await _left(bench) == [PASSPORT]


async def test_it_is_looked_at_once_more_right_before_it_leaves(bench: Bench, ticket: Ticket) -> None:
    await _proved(bench, ticket, Level.CODE)
    await _says(bench, ticket, PHONE, at=bench.now() + timedelta(hours=2))
    await bench.run()
    assert _asked(bench) == []
    async with transaction():
        assert await verifying.take_back(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    assert await _left(bench) == []
    assert _asked(bench)[0].level == "authenticated"


async def test_a_check_holds_for_the_address_it_was_made_with(bench: Bench, ticket: Ticket) -> None:
    await _proved(bench, ticket, Level.STAFF)
    await Ticket.filter(id=ticket.id).update(answer_to="other@example.org")
    await _says(bench, ticket, PHONE)
    assert await _left(bench) == []
    assert _asked(bench)[0].level == "said"


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("Пишите нам: support@desk.example", ""),
        ("Пишите нам: dpo@lavka.example", "https://www.lavka.example/policy"),
        ("Мы получили Ваше письмо с anna@example.org", ""),
        ("Вы просили звонить на 8 (916) 111-22-33", ""),
    ],
)
async def test_what_its_reader_knows_costs_nobody_a_tap(bench: Bench, text: str, site: str) -> None:
    bench.desk = replace(bench.desk, operator=replace(bench.desk.operator, site=site))
    await bench.arrives(letter(bench.now(), text="Отзываю согласие. Мой телефон +7 916 111-22-33."))
    await _says(bench, await Ticket.get(), text)
    assert await _left(bench) == [text]


# --- files


def _docx(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # Word cuts what belongs together into runs as it likes.
        runs = "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in (text[:-4], text[-4:]))
        archive.writestr("word/document.xml", f"<w:document><w:p>{runs}</w:p></w:document>")
    return out.getvalue()


def _xlsx(text: str) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Имя", "Документ"])
    sheet.append(["Анна", text])
    book.save(out)
    return out.getvalue()


def _csv(text: str) -> bytes:
    return f"имя;документ\nАнна;{text}\n".encode("cp1251")


def _pdf(text: str) -> bytes:
    """The least that is a PDF, of Latin words."""
    words = f"BT /F1 12 Tf 20 100 Td ({text.replace('паспорт', 'passport')}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(words), words),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n"
    return out + tail + b"%d\n%%%%EOF" % len(out)


def _zip(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("внутри/список.csv", _csv(text))
    return out.getvalue()


async def test_a_scan_that_calls_itself_a_passport_is_stopped(bench: Bench, ticket: Ticket) -> None:
    await _says(
        bench, ticket, "Во вложении.", files=(File("Паспорт Петровой.jpg", blob=bench.desk.vault.write(b"\xff\xd8\xff")),)
    )
    assert await _left(bench) == []
    assert _asked(bench)[0].found == ("document",)


@pytest.mark.parametrize(
    ("name", "made"), [("a.docx", _docx), ("a.xlsx", _xlsx), ("a.csv", _csv), ("a.pdf", _pdf), ("a.zip", _zip)]
)
async def test_files_are_looked_into(bench: Bench, ticket: Ticket, name: str, made: Callable[[str], bytes]) -> None:
    blob = bench.desk.vault.write(made("паспорт 4510 123456"))
    await _says(bench, ticket, "Во вложении.", files=(File(name, blob=blob),))
    assert await _left(bench) == []
    assert _asked(bench)[0].found == ("passport",)


# --- no sequence of acts


@pytest.mark.parametrize("seed", range(12))
async def test_no_sequence_of_acts_sends_marked_words_below_the_level_without_an_override(bench: Bench, seed: int) -> None:
    """Staff write, edit, schedule, release, verify, take back and override at random, while time passes and rows leave."""
    choose = random.Random(seed)
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    boris, clara = await bench.boris(), await known(bench.desk, 3, "Клара", "clara", bench.now())
    texts = (PLAIN, PHONE, PASSPORT, "карта 4111 1111 1111 1111")
    for number in range(40):
        row = await Outbox.filter(errand="reply").order_by("-id").first()
        at, way = choose.choice([None, bench.now() + timedelta(hours=choose.randrange(1, 5))]), choose.randrange(9)
        try:
            async with transaction():
                if way <= 2 or row is None:
                    own = choose.choice([number, 7, 8])
                    await replies.reply(
                        bench.desk, await Ticket.get(), staff=boris, text=choose.choice(texts), entities=None, files=(),
                        external_id=f"-1001:{own}", album="", reply_to=own, now=bench.now(), at=at, held=choose.random() < 0.3,
                        marked=choose.random() < 0.3,
                    )  # fmt: skip
                elif way == 3:
                    await replies.reschedule(bench.desk, row.id, bench.now() + timedelta(minutes=1), clara, bench.now())
                elif way == 4:
                    await replies.release(bench.desk, row.id, clara, bench.now())
                elif way == 5:
                    await verifying.verify(bench.desk, await Ticket.get(), ("contract",), boris, bench.now())
                elif way == 6:
                    await verifying.take_back(bench.desk, await Ticket.get(), boris, bench.now())
                elif way == 7:
                    letter_ = contents.of(row, contents.Reply)
                    seen = gate.digest(row, letter_)
                    await gate.override(
                        bench.desk, row.id, seen, "проверено", boris, bench.now(), false_alarm=choose.random() < 0.2
                    )
                else:
                    await Ticket.all().update(answer_to=choose.choice(["anna@example.org", "other@example.org"]))
        except Refused:
            pass
        before = {one.id for one in bench.out["mail"].rows}
        bench.now.forward(minutes=choose.choice([0, 1, 30, 300]))
        await bench.run()
        for gone in bench.out["mail"].rows:
            if gone.id not in before and gone.errand == "reply":
                await _may(bench, ticket, gone)


async def _may(bench: Bench, ticket: Ticket, gone: Outbox) -> None:
    """What has just left may: it holds nothing, its reader is proved, or somebody answers for it in the history."""
    said = contents.of(gone, contents.Reply)
    harmless = said.text == PLAIN and not said.marked
    to = gone.conversation.removeprefix("mail:")
    proved = await Verification.filter(value=to, taken_back_at__isnull=True, level__in=["code", "document", "staff"]).exists()
    told = [one for one in await History.filter(action="disclosure overridden") if one.details["outbox"] == gone.id]
    assert harmless or proved or told
    if said.text == PASSPORT and not proved:
        assert any(one.details["false_alarm"] for one in told)
    assert (await Outbox.get(id=gone.id)).state == OutboxState.SENT
