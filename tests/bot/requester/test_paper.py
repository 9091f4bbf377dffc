"""The statement on paper: offered after sending and under "my requests" where the policy asks for one."""

from dataclasses import replace

from models import Demand, Message, Outbox
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand

PAPER = "📄 Заявление на бумаге"


async def stated(bench: Bench, *, kinds: tuple[str, ...] = ("consent_withdrawal", "stop_processing")) -> None:
    """Anna has sent a withdrawal by the dialog, of an operator whose policy asks for paper too."""
    operator = replace(
        bench.desk.operator, paper_statements=("consent_withdrawal",), address="150000, Ярославль, ул. Примерная, 10"
    )
    bench.desk = replace(bench.desk, operator=operator)
    await bench.close()
    bench.begin()
    await demand(bench, *kinds, named="Петрова Анна Ивановна")
    text = "Отзыв согласия\nКому: ИП\n\nПрошу прекратить обработку моих данных."
    await Message.filter(ticket_id=1, direction="in").update(text=text, external_id=f"{bench.anna.id}:request:1")


async def details(bench: Bench) -> None:
    bench.people.say(bench.anna, "/status")
    await bench.run()
    chat = bench.chat_of(bench.anna)
    bench.people.press(bench.anna, bench.last(chat), "№ 1")
    await bench.run()


async def test_the_statement_comes_as_a_pdf_with_the_address_to_post_it_to(bench: Bench) -> None:
    await stated(bench)
    await details(bench)
    chat = bench.chat_of(bench.anna)
    bench.people.press(bench.anna, bench.last(chat), PAPER)
    await bench.run()
    sent = bench.last(chat)
    assert sent.content["document"]["file_name"] == "zayavlenie-1.pdf"
    assert "150000, Ярославль, ул. Примерная, 10" in words(sent)
    row = await Outbox.get(errand="paper_form")
    assert (row.content["name"], row.state) == ("Петрова Анна Ивановна", "sent")
    assert [one["kind"] for one in row.content["kinds"]] == ["consent_withdrawal", "stop_processing"]


async def test_it_is_not_offered_for_what_the_policy_wants_no_paper_of(bench: Bench) -> None:
    await stated(bench, kinds=("access_request",))
    await details(bench)
    assert PAPER not in taps(bench.last(bench.chat_of(bench.anna)))
    assert await Demand.filter(kind="consent_withdrawal").count() == 0


async def test_an_operator_without_such_a_policy_offers_none(bench: Bench) -> None:
    await stated(bench)
    bench.desk = replace(bench.desk, operator=replace(bench.desk.operator, paper_statements=()))
    await bench.close()
    bench.begin()
    await details(bench)
    assert PAPER not in taps(bench.last(bench.chat_of(bench.anna)))
