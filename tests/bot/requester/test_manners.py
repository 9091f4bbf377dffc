"""Links, numbers, the privacy notice, a flood, words of the bot's own that come back."""

import pytest

from bot.requester.kinds import KINDS
from bot.requester.talk import PER_MINUTE
from models import Demand
from tests.bot.bench import Bench, taps, words
from tests.bot.requester.conftest import Phone, kinds, messages, tickets
from tests.bot.requester.test_dialogs import begun, says
from tests.bot.requester.test_messages import a_question

PRIVACY = "Оператор данных"


# --- the privacy notice


@pytest.mark.parametrize(
    "first",
    [
        "/start consent_withdrawal",
        "/start access_request",
        "Где находится ваш офис?",
        "Отзываю согласие на обработку моих персональных данных.",
        "Привет!",
    ],
)
async def test_whatever_comes_first_is_answered_with_the_privacy_notice_once(phone: Phone, first: str) -> None:
    await phone.says(first)
    assert sum(PRIVACY in words(one) for one in phone.screens) == 1
    await phone.says("Спасибо, а где вас найти, если я приеду сам?")
    assert sum(PRIVACY in words(one) for one in phone.screens) <= 1


async def test_who_saw_the_notice_at_the_start_is_not_told_again(phone: Phone) -> None:
    await phone.says("/start")
    await phone.says("Где находится ваш офис?")
    assert not any(PRIVACY in words(one) for one in phone.screens[1:])


async def test_advertising_is_told_nothing(phone: Phone) -> None:
    await phone.says("Заработок в интернете без вложений от 5000 рублей в день! Переходи по ссылке http://casino.example/bonus")
    assert not any(PRIVACY in words(one) for one in phone.screens) or await Demand.all().count() == 1


# --- links


async def test_a_link_keeps_the_half_finished_request_and_offers_its_own_kind(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("Все цели") if any("Все цели" in tap for tap in taps(phone.live)) else await phone.taps(taps(phone.live)[0])
    await phone.says("/start access_request")
    offered = taps(phone.live)
    assert any("Продолжить" in one for one in offered)
    own = says("ru", KINDS["access_request"].label)
    assert own in offered
    await phone.taps(own)
    assert "шаг 1" in phone.reads or "step 1" in phone.reads
    await phone.taps("Отменить") if any("Отменить" in tap for tap in taps(phone.live)) else await phone.says("/cancel")
    await phone.says("/start")
    assert any("Продолжить" in one for one in taps(phone.live))


async def test_a_link_of_the_kind_that_is_half_finished_offers_to_go_on(phone: Phone) -> None:
    await begun(phone)
    await phone.taps(taps(phone.live)[0])
    await phone.says("/start consent_withdrawal")
    assert any("Продолжить" in one for one in taps(phone.live))
    assert not any("📄" in one for one in taps(phone.live))


# --- numbers


@pytest.mark.parametrize(
    "text",
    [
        "Что с обращением № 1?",
        "ответьте по обращению 1",
        "request #1: any news?",
        "Прошу посмотреть по заявке №1",
        "По № 1 почему молчите?",
    ],
)
async def test_naming_the_number_of_somebody_else_is_said_to_staff(phone: Phone, bench: Bench, text: str) -> None:
    await a_question(Phone(bench, bench.mallory))
    await phone.says(text)
    assert len(await tickets()) == 2
    shown = bench.texts(bench.group, await bench.topic(2))
    assert any("№ 1" in one and "друг" in one for one in shown if text not in one)
    assert "Мэллори" not in str(phone.screens)


async def test_naming_a_foreign_number_within_an_open_ticket_is_said_too(phone: Phone, bench: Bench) -> None:
    await a_question(Phone(bench, bench.mallory))
    await phone.says("Где находится ваш офис?")
    await phone.says("И ответьте по обращению № 1")
    assert any("№ 1" in one and "друг" in one for one in bench.texts(bench.group, await bench.topic(2)))


async def test_naming_ones_own_number_goes_to_that_request(phone: Phone) -> None:
    await a_question(phone)
    await begun(phone, "access_request")
    await phone.says("/cancel")
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    await a_question(phone, "Когда вы открыты?") if len(await tickets()) < 2 else None
    newest = (await tickets())[-1].id
    assert newest > 1
    await phone.says("По обращению № 1: добавьте, что я жду ответа письмом")
    assert (await messages(1))[-1].text.startswith("По обращению № 1")


@pytest.mark.parametrize("text", ["Мой заказ № 1 не пришёл", "договор №1 от 2020 года", "order #1 is late", "счёт № 1"])
async def test_the_number_of_an_order_is_no_number_of_a_request(phone: Phone, bench: Bench, text: str) -> None:
    await a_question(Phone(bench, bench.mallory))
    await phone.says(text)
    assert not any("друг" in one for one in bench.texts(bench.group, await bench.topic(2)))


# --- a flood


async def test_who_is_silenced_for_writing_too_fast_is_told_so_once(phone: Phone) -> None:
    for number in range(PER_MINUTE + 10):
        await phone.says(f"/help {number}".split()[0])
    told = [one for one in phone.screens if "слишком" in words(one)]
    assert len(told) <= 1
    edited = [call for method in ("sendMessage", "editMessageText") for call in phone.bench.calls(method)]
    assert sum("слишком" in str(call.get("text")) for call in edited) == 1
    phone.bench.now.forward(minutes=2)
    await phone.says("/help")
    assert "слишком" not in phone.reads


# --- words of the bot's own


async def test_the_bots_own_words_forwarded_to_it_open_nothing(phone: Phone, bench: Bench) -> None:
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    card = await bench.card(1)
    boris = Phone(bench, bench.boris)
    bench.people.forward(bench.boris, card, bench.group)
    await bench.run()
    assert len(await tickets()) == 1
    assert "№ 1" not in boris.last


async def test_an_acknowledgement_forwarded_back_demands_nothing_anew(phone: Phone, bench: Bench) -> None:
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    acknowledgement = next(one for one in phone.screens if "№ 1" in words(one))
    bench.people.forward(bench.anna, acknowledgement, phone.chat)
    await bench.run()
    assert await kinds() == ["consent_withdrawal"]
    assert len(await tickets()) == 1


async def test_a_kind_taken_away_leaves_the_card_and_the_list(phone: Phone, bench: Bench) -> None:
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    assert "огласи" in words(await bench.card(1))
    await phone.taps("просто вопрос")
    assert "огласи" not in words(await bench.card(1))
    await phone.says("/status")
    assert "огласи" not in phone.reads


# --- courtesies


SMALL = ["sticker", "animation"]


@pytest.mark.parametrize("kind", SMALL)
async def test_a_newcomers_sticker_opens_nothing(phone: Phone, kind: str) -> None:
    await phone.sends(kind)
    assert await tickets() == []
    assert taps(phone.live)


async def test_a_die_opens_nothing_and_a_voice_does(phone: Phone, bench: Bench) -> None:
    bench.world.post(phone.chat, phone.person.id, {"dice": {"emoji": "🎲", "value": 4}})
    await bench.run()
    assert await tickets() == []
    await phone.sends("voice")
    assert len(await tickets()) == 1


async def closed(phone: Phone, said: str = "") -> None:
    """Anna's question, answered (in these words) and closed."""
    bench = phone.bench
    await phone.says("Где находится ваш офис?")
    if said:
        bench.people.say(bench.boris, said, chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
        await bench.later(seconds=30)
    bench.people.say(bench.clara, "/close ответили по телефону", chat=bench.group, topic=await bench.topic())
    await bench.later(seconds=60)
    assert (await bench.ticket()).status == "closed"


@pytest.mark.parametrize(
    "thanks", ["Спасибо!", "👍", "Ок, понятно, спасибо", "До свидания", "Спасибо за ответ!", "Thank you!", "Да"]
)
async def test_a_courtesy_after_closing_is_shown_and_opens_nothing(phone: Phone, bench: Bench, thanks: str) -> None:
    await closed(phone)
    await phone.says(thanks)
    assert (await bench.ticket()).status == "closed"
    assert len(await tickets()) == 1
    assert any(thanks in one for one in bench.texts(bench.group, await bench.topic()))
    assert "остаётся закрытым" in phone.last


async def test_a_sticker_after_closing_opens_nothing(phone: Phone, bench: Bench) -> None:
    await closed(phone)
    await phone.sends("sticker")
    assert (await bench.ticket()).status == "closed"
    assert len(await tickets()) == 1


async def test_yes_to_a_question_of_ours_is_an_answer_and_no_courtesy(phone: Phone, bench: Bench) -> None:
    await closed(phone, "Верно ли, что вопрос решён?")
    await phone.says("Нет")
    assert (await bench.ticket()).status == "open"


@pytest.mark.parametrize("follows", ["Спасибо, удалите мои данные", "Спасибо. Отзываю согласие на обработку персональных данных"])
async def test_a_demand_after_the_thanks_is_never_swallowed(phone: Phone, follows: str) -> None:
    await closed(phone)
    await phone.says(follows)
    found = [kind for one in await tickets() for kind in await kinds(one.id)]
    assert set(found) - {"question"}


# --- what follows a closing over running terms


@pytest.mark.parametrize(
    "protest", ["Вы ничего не сделали!", "Почему закрыли? Я жду ответа", "Я не согласна", "Это не ответ", "Где мой ответ?"]
)
async def test_a_protest_after_a_closing_is_shown_with_that_matter_and_its_terms_run_again(
    phone: Phone, bench: Bench, protest: str
) -> None:
    await closed(phone)
    due = (await bench.ticket()).due_at
    bench.now.forward(days=2)
    await phone.says(protest)
    (ticket,) = await tickets()
    assert ticket.status == "open"
    assert due is None
    assert ticket.due_at is not None
    assert any(protest in one for one in bench.texts(bench.group, await bench.topic()))
    assert "снова открыто" in phone.last
