"""What a person sees in /status of a demand that was not met: the decision, and never that it was done."""

from desk.terms import refusal
from desk.ticket import tickets
from desk.ticket.staffing import known
from models import Demand, Ticket
from tests.bot.requester.conftest import Phone


async def test_a_refused_request_is_not_shown_as_done(phone: Phone) -> None:
    bench = phone.bench
    await phone.says("Прошу сообщить, какие мои персональные данные вы обрабатываете.")
    boris = await known(bench.desk, bench.boris.id, "Борис", "boris", bench.now())
    await refusal.refuse(bench.desk, (await Demand.get()).id, "14-8-4", boris, "Там данные соседей.", bench.now())
    await bench.run()
    await bench.later(seconds=11)
    await phone.says("/status")
    await phone.taps("№ 1")
    assert "🚫 Отказано 10 декабря 2026 г.: п. 4 ч. 8 ст. 14 152-ФЗ" in phone.reads
    assert "⏹ Ответить на запрос: срок прекращён 10 декабря 2026 г." in phone.reads
    assert "сделано" not in phone.reads


async def test_why_staff_closed_a_ticket_is_their_own_talk(phone: Phone) -> None:
    bench = phone.bench
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    boris = await known(bench.desk, bench.boris.id, "Борис", "boris", bench.now())
    await tickets.close(bench.desk, await Ticket.get(), boris, bench.now(), reason="Скандалист, тот же, что № 7")
    await phone.says("/status")
    await phone.taps("№ 1")
    assert "⏹ Уничтожить данные: срок прекращён 10 декабря 2026 г." in phone.reads
    assert "Скандалист" not in phone.reads
    assert "сделано" not in phone.reads
