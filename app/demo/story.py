"""The demo's story: one withdrawal from the letter to the alarm, over the real protocols, each step seen to have happened.

1. Anna writes a letter; she gets a number and a date, staff get a topic with a card.
2. Boris answers in the topic; his answer reaches her as a letter. A note of his stays inside.
3. Anna answers; her letter comes back to the same topic, and nothing acknowledges it a second time.
4. Mary does the same in Telegram, in English, by buttons.
5. The clock moves to the next thing that is due, then past the term: the reminder and the alarm come.
6. The books are checked: nothing is parked, nothing waits, the history is whole.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final

from app.demo.dialogs import withdraw_by_buttons
from app.demo.page.examples import WITHDRAWAL
from app.demo.stage import Stage, body_of, words_of
from app.demo.world import ANNA
from app.service import Service
from app.timepiece import MovableTimepiece
from desk.context import Desk
from desk.record import checking
from desk.tags import named
from desk.timepiece import Timepiece
from desk.views import listing
from models import Clock, Inbound, InboundState, Message, Outbox, OutboxState, Ticket
from sandbox.telegram import Message as Posted

REPLY: Final = (
    "Здравствуйте, Анна Павловна! Ваш отзыв согласия принят. Рассылка остановлена сегодня, остальные данные уничтожим "
    "до 30 декабря и пришлём подтверждение."
)
NOTE: Final = "Заказ № 10482 закрыт в октябре, гарантия кончилась: можно удалять."
THANKS: Final = "Спасибо! Пришлите, пожалуйста, и подтверждение от службы доставки.\n\nАнна\n"


async def play(stage: Stage, service: Service, timepiece: MovableTimepiece) -> None:
    """Play it all. Raises StepFailed at the first step that did not happen."""
    desk = service.desk
    letter, acknowledgement = await _anna_writes(stage)
    ticket = await _staff_see_it(stage, desk, timepiece)
    answer = await _boris_answers(stage, ticket, acknowledgement)
    await _anna_answers(stage, ticket, answer)
    assert letter["Message-ID"]
    await _mary_uses_telegram(stage, desk)
    await _time_goes_by(stage, service, ticket, timepiece)
    await _books_are_in_order(stage)


async def _anna_writes(stage: Stage) -> tuple[EmailMessage, EmailMessage]:
    stage.begin("Анна пишет на почту магазина: «Withdrawal Statement»", "Anna writes to the shop: “Withdrawal Statement”")
    letter = EmailMessage()
    letter["From"] = f"Анна Смирнова <{ANNA}>"
    letter["To"] = stage.world.mailbox
    letter["Subject"] = "Withdrawal Statement"
    letter.set_content(WITHDRAWAL)
    await stage.send(letter)
    stage.show(f"{ANNA} → {stage.world.mailbox} · Withdrawal Statement", WITHDRAWAL)
    stage.begin("Ей приходит подтверждение с номером и сроком", "She gets an acknowledgement with a number and a date")
    found = await stage.next_letter(ANNA, "the acknowledgement")
    stage.show(f"{stage.world.mailbox} → {ANNA} · {found['Subject']}", body_of(found))
    stage.require(found["Auto-Submitted"] == "auto-replied", "the acknowledgement does not say that it is automatic")
    stage.require(found["In-Reply-To"] == letter["Message-ID"], "the acknowledgement does not refer to Anna's letter")
    stage.require(named(str(found["Subject"])), "the acknowledgement's subject bears no ticket number")
    return letter, found


async def _staff_see_it(stage: Stage, desk: Desk, timepiece: Timepiece) -> Ticket:
    stage.begin("В группе сотрудников — тема с карточкой", "In the staff group there is a topic with a card")

    async def opened() -> Ticket | None:
        return await Ticket.filter(topic_id__isnull=False, card_id__isnull=False).first()

    ticket = await stage.until_stored(opened, "the topic")
    assert ticket.topic_id is not None
    topic = ticket.topic_id
    card = await stage.until(lambda: _first(stage.topic(topic), lambda m: m.id == ticket.card_id and m.pinned), "the pinned card")
    stage.show(f"{stage.world.group.title} › {stage.world.group.topics[topic].name}", words_of(card))
    stage.require("Смирнова" not in stage.world.group.topics[topic].name, "the topic's name tells the person's name")
    words = await stage.until(
        lambda: _first(stage.topic(topic), lambda m: "отзываю согласие" in words_of(m)), "the requester's words in the topic"
    )
    stage.show("Анна → тема", words_of(words), limit=8)
    stage.begin("Сроки посчитаны", "The clocks are counted")
    full = await listing.full(desk, ticket)
    for one in full["clocks"]:
        stage.say(*(f"{one['kind']}.{one['key']}: safe {one['safe']}, due {one['due']} ({one['article']})",) * 2)
    destroy = next(one for one in full["clocks"] if (one["kind"], one["key"]) == ("consent_withdrawal", "destroy"))
    stage.require((destroy["safe"], destroy["due"]) == ("2026-12-30", "2027-01-09"), "the dates are not those of the law")
    stage.require(timepiece() < datetime.fromisoformat(destroy["due_at"]), "the term has passed already")
    return ticket


async def _boris_answers(stage: Stage, ticket: Ticket, acknowledgement: EmailMessage) -> EmailMessage:
    stage.begin("Борис отвечает в теме на сообщение Анны", "Boris replies to Anna's message in the topic")
    assert ticket.topic_id is not None
    target = _first(stage.topic(ticket.topic_id), lambda m: "отзываю согласие" in words_of(m))
    assert target is not None
    people = stage.world.telegram.people
    people.say(stage.world.boris, NOTE, chat=stage.world.group, topic=ticket.topic_id)
    people.say(stage.world.boris, REPLY, chat=stage.world.group, topic=ticket.topic_id, reply_to=target)
    letter = await stage.next_letter(ANNA, "Boris's answer")
    stage.show(f"{stage.world.mailbox} → {ANNA} · {letter['Subject']}", body_of(letter))
    stage.require("Рассылка остановлена сегодня" in body_of(letter), "the letter is not what Boris wrote")
    stage.require("10482 закрыт" not in body_of(letter), "the note left the group")
    stage.require(
        str(acknowledgement["Message-ID"]) in str(letter["References"]) or letter["In-Reply-To"],
        "the letter is not in the thread",
    )

    async def noted() -> Message | None:
        return await Message.filter(ticket_id=ticket.id, direction="note", text__contains="10482").first()

    kept = await stage.until_stored(noted, "the note in the ticket")
    stage.say(
        f"Заметка «{kept.text[:40]}…» осталась внутри.",
        f"The note “{kept.text[:40]}…” stayed inside.",
    )
    return letter


async def _anna_answers(stage: Stage, ticket: Ticket, letter: EmailMessage) -> None:
    stage.begin(
        "Анна отвечает письмом — та же тема, второго подтверждения нет", "Anna answers: the same topic, no second acknowledgement"
    )
    answer = EmailMessage()
    answer["From"] = f"Анна Смирнова <{ANNA}>"
    answer["To"] = stage.world.mailbox
    answer["Subject"] = letter["Subject"]
    answer["In-Reply-To"] = letter["Message-ID"]
    answer["References"] = f"{letter['References'] or ''} {letter['Message-ID']}".strip()
    answer.set_content(THANKS)
    await stage.send(answer)
    assert ticket.topic_id is not None
    topic = ticket.topic_id
    posted = await stage.until(
        lambda: _first(stage.topic(topic), lambda m: "службы доставки" in words_of(m)), "Anna's answer in the topic"
    )
    stage.show("Анна → тема", words_of(posted))
    acknowledged = await Outbox.filter(channel="mail", errand="acknowledgement").count()
    stage.require(acknowledged == 1, f"{acknowledged} acknowledgements were written for one request")
    stage.require(stage.unread(ANNA) == 0, "Anna got a letter nobody wrote")
    stage.require(await Ticket.all().count() == 1, "her answer became another ticket")


async def _mary_uses_telegram(stage: Stage, desk: Desk) -> None:
    stage.begin("Mary пишет боту и отзывает согласие кнопками", "Mary talks to the bot and withdraws her consent by buttons")
    number = await withdraw_by_buttons(stage, stage.world.mary)
    ticket = await Ticket.get(id=number)
    stage.require(ticket.language == "en", "her language was not noticed")
    full = await listing.full(desk, ticket)
    stage.require("consent_withdrawal" in full["kinds"], "the ticket is not a withdrawal")

    async def topic() -> int | None:
        return (await Ticket.get(id=number)).topic_id

    place = await stage.until_stored(topic, "the topic of her ticket")
    target = await stage.until(
        lambda: _first(stage.topic(place), lambda m: m.id != ticket.card_id and bool(words_of(m)) and not m.pinned), "her words"
    )
    stage.begin("Борис отвечает — Mary получает ответ в своём чате", "Boris replies, and Mary gets it in her chat")
    words = "Thank you, Mary. Your data leave our mailing list today."
    stage.world.telegram.people.say(stage.world.boris, words, chat=stage.world.group, topic=place, reply_to=target)
    got = await stage.until(
        lambda: _first(stage.private(stage.world.mary), lambda m: "mailing list today" in words_of(m)), "the answer in her chat"
    )
    stage.show("бот → Mary" if stage.lang == "ru" else "bot → Mary", words_of(got))


async def _time_goes_by(stage: Stage, service: Service, ticket: Ticket, timepiece: MovableTimepiece) -> None:
    stage.begin("Часы переводим к ближайшему напоминанию", "The clock is moved to the next reminder")
    assert ticket.topic_id is not None
    seen = {m.id for m in stage.topic(ticket.topic_id)}
    nearest = await Clock.filter(ticket_id=ticket.id, next_at__isnull=False, unit="cd").order_by("next_at").first()
    assert nearest is not None
    assert nearest.next_at is not None
    now = timepiece.move(max(nearest.next_at - timepiece(), timedelta()) + timedelta(minutes=1))
    stage.say(f"Теперь {_shown(stage, now)}.", f"It is {_shown(stage, now)} now.")
    await service.sweep()
    topic = ticket.topic_id
    reminder = await stage.until(
        lambda: _first(stage.topic(topic), lambda m: m.id not in seen and bool(words_of(m))), "the reminder"
    )
    stage.show("напоминание" if stage.lang == "ru" else "reminder", words_of(reminder))
    stage.begin("Срок прошёл, никто не ответил: тревога", "The term has passed and nobody acted: the alarm")
    before = {m.id for m in stage.general()}
    last = await Clock.filter(ticket_id=ticket.id, unit="cd").order_by("-due_at").first()
    assert last is not None
    now = timepiece.move(last.due_at - timepiece() + timedelta(days=3))
    stage.say(f"Теперь {_shown(stage, now)}.", f"It is {_shown(stage, now)} now.")
    await service.sweep()
    alarm = await stage.until(
        lambda: _first(stage.general(), lambda m: m.id not in before and f"№ {ticket.id}" in words_of(m)),
        "the alarm in the group",
    )
    stage.show("тревога" if stage.lang == "ru" else "alarm", words_of(alarm))


async def _books_are_in_order(stage: Stage) -> None:
    stage.begin("Проверка: ничего не потеряно", "The books: nothing is lost")

    # What was posted comes back as updates, and what is taken in may decide that more leaves: both have to be at rest.
    async def settled() -> bool:
        waits = (
            await Inbound.filter(state=InboundState.WAITING).exists() or await Outbox.filter(state=OutboxState.WAITING).exists()
        )
        return not waits

    await stage.until_stored(settled, "nothing to wait, in or out")
    parked = await Inbound.filter(state=InboundState.PARKED).count() + await Outbox.filter(state=OutboxState.PARKED).count()
    stage.require(not parked, f"{parked} rows are parked")
    stage.require((await checking.check()).whole, "the history is broken")
    wrong = stage.world.telegram.violations
    stage.require(not wrong, f"the bot said what Telegram does not know: {wrong[:3]}")
    taken = await Inbound.filter(state=InboundState.DONE).count()
    left = await Outbox.filter(state=OutboxState.SENT).count()
    stage.say(
        f"Принято {taken}, отправлено {left}, отложено 0; история цела.",
        f"{taken} taken in, {left} sent, none parked; the history is whole.",
    )


def _shown(stage: Stage, now: datetime) -> str:
    return f"{now.astimezone(stage.world.settings.operator.time_zone):%d.%m.%Y %H:%M}"


def _first(messages: list[Posted], true: Callable[[Posted], Any]) -> Posted | None:
    return next((message for message in messages if true(message)), None)
