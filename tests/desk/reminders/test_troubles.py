"""Channels in trouble are told of once where it is still read, and once more when it is over."""

from dataclasses import replace

import pytest

from desk.errors import DeskError, Misconfigured, Temporary
from desk.reminders.troubles import Troubles
from models import Outbox
from tests.desk.people import Bench

TOKEN = Misconfigured("Telegram does not accept the bot token: check telegram.token.")
MAIL = Misconfigured("%(host)s refuses the user or the password of the mailbox (%(code)s).", host="mail.example", code=535)


async def said(bench: Bench) -> list[tuple[str, str]]:
    rows = await Outbox.filter(unique_key__startswith="trouble:").order_by("id")
    return [(row.channel, (row.content["lines"][0] if row.channel == "mail" else row.content)["params"]["why"]) for row in rows]


async def watched(bench: Bench, troubles: Troubles, found: dict[str, DeskError | None], *, minutes: int) -> None:
    desk = replace(bench.desk, alert_email="boss@desk.example")
    for _ in range(minutes):
        await troubles.tell(desk, found, bench.now())
        bench.now.forward(minutes=1)


@pytest.mark.parametrize(
    "name", ["telegram polling", "telegram webhook", "delivery staff", "delivery staff topics", "delivery telegram"]
)
async def test_lasting_trouble_with_telegram_goes_by_mail_once_in_the_staff_s_language(bench: Bench, name: str) -> None:
    await watched(bench, Troubles(), {name: TOKEN, "mailbox a@b.c": None}, minutes=10)
    assert await said(bench) == [("mail", "Telegram не принимает токен бота: проверьте telegram.token.")]


@pytest.mark.parametrize("name", ["mailbox support@desk.example", "delivery second@desk.example"])
async def test_lasting_trouble_with_mail_is_said_in_the_group_and_to_the_alert_address_once(bench: Bench, name: str) -> None:
    await watched(bench, Troubles(), {name: MAIL}, minutes=10)
    assert sorted(channel for channel, _ in await said(bench)) == ["mail", "staff"]
    assert all("mail.example" in why for _, why in await said(bench))


async def test_trouble_with_the_way_of_alerts_itself_is_said_in_the_group_only(bench: Bench) -> None:
    mailbox = bench.desk.mailbox()
    assert mailbox is not None
    await watched(bench, Troubles(), {f"delivery {mailbox.address}": MAIL}, minutes=10)
    assert [channel for channel, _ in await said(bench)] == ["staff"]


async def test_lasting_trouble_is_heard_within_a_minute_and_its_end_once(bench: Bench) -> None:
    troubles, began = Troubles(), bench.now()
    while not await said(bench):
        await troubles.tell(bench.desk, {"mailbox support@desk.example": MAIL}, bench.now())
        bench.now.forward(seconds=20)
    assert (bench.now() - began).total_seconds() <= 60
    for _ in range(3):
        await troubles.tell(bench.desk, {"mailbox support@desk.example": None}, bench.now())
    assert len(await said(bench)) == 2


async def test_one_cause_seen_in_several_places_is_said_once(bench: Bench) -> None:
    found: dict[str, DeskError | None] = dict.fromkeys(("telegram polling", "delivery staff", "delivery telegram"), TOKEN)
    await watched(bench, Troubles(), found, minutes=5)
    assert len(await said(bench)) == 1


async def test_what_passes_by_itself_at_once_is_not_said(bench: Bench) -> None:
    troubles = Troubles()
    for _ in range(5):
        await watched(bench, troubles, {"telegram polling": Temporary("Telegram cannot be reached at the moment.")}, minutes=1)
        await watched(bench, troubles, {"telegram polling": None}, minutes=1)
    assert await said(bench) == []


async def test_the_end_of_what_was_said_is_said_and_a_new_trouble_is_new(bench: Bench) -> None:
    troubles = Troubles()
    for _ in range(2):
        await watched(bench, troubles, {"delivery staff": TOKEN}, minutes=70)
        await watched(bench, troubles, {"delivery staff": None}, minutes=3)
    words = [row.content["lines"][0]["words"] for row in await Outbox.filter(errand="alert").order_by("id")]
    assert [one[0] for one in words] == ["⚠", "✅", "⚠", "✅"]


async def test_without_an_address_for_alerts_there_is_no_letter(bench: Bench) -> None:
    troubles = Troubles()
    for _ in range(5):
        await troubles.tell(bench.desk, {"delivery staff": TOKEN}, bench.now())
        bench.now.forward(minutes=1)
    assert await said(bench) == []
