"""The checklist in the topic: on the card, as a screen with buttons, by command; and what the requester hears of it."""

from dataclasses import replace

import pytest

from bot.callbacks import StepTap
from bot.staff.commands import help_html
from bot.staff.steps import list_html, understood
from bot.text import MESSAGE_LIMIT, units
from desk.context import Processor
from desk.errors import Refused
from desk.terms import steps
from desk.ticket import clocks
from models import Clock, Demand, Direction, Message, Outbox, Step, Ticket
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand, presses, writes

STOPPED = "Мы прекратили обработку ваших данных, для которой нет других законных оснований."


@pytest.fixture(autouse=True)
def _a_processor(bench: Bench) -> None:
    """An operator with a processor is asked for its word too."""
    object.__setattr__(bench.desk, "processors", (Processor("ООО «Облако»"),))


async def opened(bench: Bench, topic: int) -> object:
    """The list, opened by the button of the card."""
    assert await presses(bench, await bench.card(), "☑️ Шаги") == ""
    return bench.last(bench.group, topic)


# --- the card --------------------------------------------------------------------------------------------------------


async def test_the_card_shows_terms_with_dates_and_the_other_steps_as_short_lines(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    said = words(await bench.card())
    for line in (
        "⚡️ Прекратить обработку — немедленно",
        "🗓 Уничтожить данные — до 30.12.2026, по закону 09.01.2027",
        "☐ Проверить основания продолжать\n☐ Прекратить и у обработчиков\n☐ Составить акт об уничтожении\n☐ Сообщить заявителю",
    ):
        assert line in said
    assert taps(await bench.card())[-1] == "☑️ Шаги"
    await writes(bench, "/step ground", topic)
    assert "✅ Проверить основания продолжать\n☐ Прекратить и у обработчиков" in words(await bench.card())


async def test_a_request_with_one_act_only_needs_no_lines_of_steps(bench: Bench) -> None:
    await demand(bench, "question")
    assert "☐" not in words(await bench.card())


async def test_a_card_of_many_demands_stays_short_and_says_how_much_is_left_out(bench: Bench) -> None:
    kinds = ("access_request", "rectification", "destruction_request", "unlawful_processing", "stop_processing",
             "consent_withdrawal", "blocking_request", "claim")  # fmt: skip
    await demand(bench, *kinds)
    said = words(await bench.card())
    assert said.count("☐") == 10
    assert "… и ещё 9 шагов" in said
    assert "доступ к данным:\n☐ Собрать сведения по ч. 7 ст. 14" in said
    assert units(said) < MESSAGE_LIMIT


async def test_the_button_of_a_term_ticks_its_step(bench: Bench) -> None:
    await demand(bench, "consent_withdrawal")
    assert await presses(bench, await bench.card(), "✓ Обработка прекращена") == "✓ Обработка прекращена"
    assert [one.key for one in await Step.all()] == ["stop"]
    assert "✅ Прекратить обработку 10.12.2026" in words(await bench.card())


# --- the list --------------------------------------------------------------------------------------------------------


async def test_the_list_shows_every_step_in_the_words_of_the_law_and_ticks_by_a_tap(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    shown = await opened(bench, topic)
    assert words(shown).startswith("☑️ Сделано шагов: 0 из 6\n\nотзыв согласия\n1. ☐ Проверить основания продолжать обработку без")
    assert len(taps(shown)) == 6
    assert await presses(bench, shown, "☐ 4. Уничтожить данные") == "✅ Уничтожить данные"
    assert words(shown).startswith("☑️ Сделано шагов: 1 из 6")
    assert "4. ✅ Уничтожить данные; если невозможно" in words(shown)
    assert "\n      Борис, 10.12.2026 11:00 МСК\n5. ☐" in words(shown)
    assert "✅ 4. Уничтожить данные" in taps(shown)
    assert [one.key for one in await clocks.running(await bench.ticket())] == ["stop"]


async def test_a_tap_on_a_ticked_step_asks_and_takes_it_back(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    await writes(bench, "/step destroy | акт № 7 <копия>", topic)
    shown = await opened(bench, topic)
    assert "Борис, 10.12.2026 11:00 МСК · акт № 7 <копия>" in words(shown)
    await presses(bench, shown, "✅ 4. Уничтожить данные")
    assert words(shown) == "Снять отметку с шага «Уничтожить данные» (отзыв согласия)?\nЕго срок снова пойдёт, до 30.12.2026."
    await presses(bench, shown, "← Назад")
    assert await Step.all().count() == 1
    await presses(bench, shown, "✅ 4. Уничтожить данные")
    said = await presses(bench, shown, "↩️ Снять отметку")
    assert said == "↩️ Отметка снята: «Уничтожить данные» (отзыв согласия). Срок снова идёт, до 30.12.2026."
    assert words(shown).startswith("☑️ Сделано шагов: 0 из 6")
    assert await Step.standing().count() == 0
    assert "🗓 Уничтожить данные — до 30.12.2026" in words(await bench.card())


async def test_a_list_that_is_out_of_date_ticks_nothing_twice(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    shown = await opened(bench, topic)
    await presses(bench, await bench.card(), "✓ Обработка прекращена")
    assert await presses(bench, shown, "☐ 2. Прекратить обработку", who=bench.clara) == "Это уже отмечено как сделанное."
    assert await Step.all().count() == 1


async def test_the_list_of_a_closed_ticket_has_no_buttons(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    shown = await opened(bench, topic)
    await writes(bench, "/close Заявитель передумал", topic)
    assert "закрыта" in await presses(bench, shown, "☐ 2. Прекратить обработку")
    assert taps(await writes(bench, "/step", topic, who=bench.clara)) == []
    assert "2. ➖ Прекратить обработку" in words(bench.last(bench.group, topic))


async def test_a_list_too_long_for_a_message_is_said_in_short_words(bench: Bench) -> None:
    kinds = [one for one in bench.desk.regime.kinds if one not in {"rkn_order", "authority_order", "destruction_impossible"}]
    topic = await demand(bench, *kinds)
    shown = await writes(bench, "/step", topic)
    assert units(words(shown)) <= MESSAGE_LIMIT
    found = await steps.of_ticket(bench.desk, await bench.ticket())
    assert len(taps(shown)) == len(found) > 50
    for one in found:
        await Step.create(
            demand_id=one.demand, ticket_id=1, key=one.key, done_at=bench.now(), done_by="staff:2", evidence="я" * 500
        )
    whole = list_html(await steps.of_ticket(bench.desk, await bench.ticket()), {}, bench.desk.operator.zone, "ru")
    assert 0 < units(whole) <= MESSAGE_LIMIT


async def test_every_button_fits_into_telegrams_64_bytes(bench: Bench) -> None:
    keys = {step.key for rule in bench.desk.regime.rules for step in rule.steps}
    assert max(len(StepTap(choice="tick", demand=2**53, key=key).pack().encode()) for key in keys) <= 64


# --- by words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "key", "evidence"),
    [
        ("2", "stop", ""),
        ("2 | журнал", "stop", "журнал"),
        ("2 журнал № 5 | лист 3", "stop", "журнал № 5\nлист 3"),
        ("destroy\nакт № 7", "destroy", "акт № 7"),
        ("акт", "act", ""),
        ("уничтожить данные", "destroy", ""),
        ("СООБЩИТЬ | письмо", "confirm", "письмо"),
    ],
)
async def test_a_step_is_named_by_number_key_or_words_with_its_proof(bench: Bench, said: str, key: str, evidence: str) -> None:
    await demand(bench, "consent_withdrawal")
    found = await steps.of_ticket(bench.desk, await bench.ticket())
    chosen, proof = understood(said, found, ticked=False, desk=bench.desk)
    assert (chosen.key, proof) == (key, evidence)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [("0", "no step 0"), ("99", "no step 99"), ("танцы", "none of these steps"), ("прекратить", "several"), ("| акт", "none of")],
)
async def test_what_no_step_is_called_is_refused_with_the_steps_there_are(bench: Bench, said: str, refusal: str) -> None:
    await demand(bench, "consent_withdrawal")
    found = await steps.of_ticket(bench.desk, await bench.ticket())
    with pytest.raises(Refused, match=refusal):
        understood(said, found, ticked=False, desk=bench.desk)


async def test_a_command_ticks_and_takes_back(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    assert words(await writes(bench, "/step 1 | договор закрыт", topic)) == (
        "✅ Сделано: «Проверить основания продолжать» (отзыв согласия)."
    )
    assert (await Step.get()).evidence == "договор закрыт"
    assert words(await writes(bench, "/step -1", topic)) == (
        "↩️ Отметка снята: «Проверить основания продолжать» (отзыв согласия)."
    )
    assert words(await writes(bench, "/step -1", topic)) == "Этот шаг не отмечен."
    await writes(bench, "/step уничтожить", topic)
    assert words(await writes(bench, "/step − destroy", topic)).endswith("Срок снова идёт, до 30.12.2026.")
    # The commands are no notes; the tick that was taken back keeps its row, with its proof.
    assert not await Message.filter(direction=Direction.NOTE).exists()
    assert (await Step.get(key="ground")).evidence == "договор закрыт"
    assert not await Step.standing().exists()


async def test_a_tick_taken_back_after_the_term_says_that_it_is_over(bench: Bench) -> None:
    topic = await demand(bench, "stop_processing")
    await writes(bench, "/step stop", topic)
    await bench.later(days=30)
    await writes(bench, "/step -stop", topic)
    assert any(one.endswith("Срок истёк 24.12.2026!") for one in bench.texts(bench.group, topic))
    assert "🔴" in words(await bench.card())


async def test_the_help_names_the_command(bench: Bench) -> None:
    assert "/step — шаги: показать" in help_html("ru")
    assert "/step — the steps: show" in help_html("en")


async def test_outside_a_topic_the_command_says_where_to_write_it(bench: Bench) -> None:
    await demand(bench, "question")
    bench.people.say(bench.boris, "/step", chat=bench.group)
    await bench.run()
    assert "в теме" in bench.texts(bench.group)[-1]


@pytest.mark.parametrize("act", ["tick", "undo", "ask", "show"])
async def test_forged_taps_from_a_private_chat_do_nothing(bench: Bench, act: str) -> None:
    topic = await demand(bench, "consent_withdrawal")
    await writes(bench, "/step destroy", topic)
    bench.people.start(bench.mallory)
    await bench.run()
    number = (await Demand.get()).id
    for key in ("stop", "destroy"):
        bench.people.tap(bench.mallory, bench.last(bench.chat_of(bench.mallory)), f"step:{act}:{number}:{key}")
    await bench.run()
    assert [one.key for one in await Step.all()] == ["destroy"]
    assert await Clock.filter(stopped_at__isnull=True).count() == 1


@pytest.mark.parametrize("data", ["step:tick:1:dance", "step:tick:99:stop", "step:dance:1:stop", "step:tick:1:"])
async def test_a_tap_for_what_does_not_exist_is_refused(bench: Bench, data: str) -> None:
    topic = await demand(bench, "consent_withdrawal")
    press = bench.people.tap(bench.boris, await opened(bench, topic), data, chat=bench.group)
    await bench.run()
    assert press.text == "Эта кнопка устарела."
    assert await Step.all().count() == 0


# --- what the requester hears ----------------------------------------------------------------------------------------


async def test_the_requester_hears_once_of_everything_that_was_done_in_a_row(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal", "stop_processing")
    shown = await opened(bench, topic)
    for button in ("☐ 2. Прекратить обработку", "☐ 9. Прекратить обработку"):
        await presses(bench, shown, button)
    # Nobody is told of the processors until they confirm: this tap only asks for what proves it.
    await presses(bench, shown, "☐ 3. Прекратить и у обработчиков")
    before = len(bench.texts(bench.chat_of(bench.anna)))
    await bench.later(seconds=11)
    said = bench.texts(bench.chat_of(bench.anna))[before:]
    assert len(said) == 1
    assert said[0].startswith(f"🔧 Что сделано по вашему обращению № 1\n\n✅ {STOPPED}\n\nЧто ещё предстоит")
    assert "🗓 Уничтожить данные — не позднее 9 января 2027 г. (ч. 5 ст. 21 152-ФЗ)" in said[0]
    assert "30 декабря" not in said[0]
    assert "назовём основание в ответе" in said[0]
    sent = next(one for one in bench.texts(bench.group, topic) if one.startswith("✅ Отправлено (Telegram)"))
    assert STOPPED in sent


async def test_the_message_can_be_kept_back_in_the_topic(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    await presses(bench, await bench.card(), "✓ Обработка прекращена")
    waiting = bench.last(bench.group, topic)
    assert words(waiting) == f"⏳ Сообщение о сделанном уйдёт заявителю (Telegram) через 10 с\n• {STOPPED}"
    before = len(bench.texts(bench.chat_of(bench.anna)))
    assert await presses(bench, waiting, "↩️ Отменить") == "Отменено: заявитель ничего не получит."
    assert words(waiting) == "↩️ Отменено, не отправлено"
    await bench.later(minutes=1)
    assert len(bench.texts(bench.chat_of(bench.anna))) == before
    assert await Step.all().count() == 1


async def test_a_mistaken_tick_taken_back_in_time_reaches_nobody(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    before = len(bench.texts(bench.chat_of(bench.anna)))
    await writes(bench, "/step stop", topic)
    await writes(bench, "/step -stop", topic)
    await bench.later(minutes=1)
    assert len(bench.texts(bench.chat_of(bench.anna))) == before
    assert "↩️ Отменено, не отправлено" in bench.texts(bench.group, topic)


async def test_an_english_requester_hears_it_in_english(bench: Bench) -> None:
    await demand(bench, "marketing_optout")
    await Ticket.all().update(language="en")
    await presses(bench, await bench.card(), "✓ Рассылка прекращена")
    await bench.later(seconds=11)
    said = bench.texts(bench.chat_of(bench.anna))[-1]
    assert said == (
        "🔧 What we have done about your request № 1\n\n✅ We have taken your contacts off our advertising mailings.\n\n"
        "You need not do anything. To ask or add something, just write here."
    )


async def test_an_operator_who_wants_no_progress_tells_none(bench: Bench) -> None:
    assert replace(bench.desk, progress="never").progress == "never"
    object.__setattr__(bench.desk, "progress", "never")
    await demand(bench, "consent_withdrawal")
    await presses(bench, await bench.card(), "✓ Обработка прекращена")
    assert not await Outbox.filter(errand="progress").exists()


async def test_a_requester_who_blocked_the_bot_is_named_in_the_topic_and_the_tick_stands(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    bench.people.block(bench.anna)
    await bench.run()
    await writes(bench, "/step stop", topic)
    await bench.later(seconds=11)
    assert any(one.startswith("🔴 Не отправлено") for one in bench.texts(bench.group, topic))
    assert await Step.all().count() == 1
