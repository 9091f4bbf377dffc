"""Letters name the number that their reader knows, and of a merged matter how it belongs to the others."""

from dataclasses import replace
from datetime import date

import pytest

from bot.postings.requester.closing import closing_html
from bot.postings.requester.progress import progress_html
from desk import contents
from desk.answers import folder
from desk.answers.facts import Register
from desk.answers.facts import of as facts_of
from desk.letters.way_back import number_known, way_back
from desk.outward import closing
from desk.terms import extension, refusal
from mail.letters import render
from models import Clock, Demand, Ticket
from models.store.connect import transaction
from tests.desk.matter.test_merging import apart, by_both, merge, reply
from tests.desk.people import Bench, letter
from tests.desk.terms.test_steps import ticks

TOLD = {"ru": "№ 2 (объединено с № 1)", "en": "No. 2 (joined with No. 1)"}


async def paper_and_mail(bench: Bench, language: str = "ru", kind: str = "stop_processing") -> tuple[Ticket, Ticket]:
    """A letter on paper, registered as No. 1, and its copy by mail, No. 2, which was merged into it."""
    await bench.arrives(letter(bench.now(), kinds=(kind,), language=language))
    await Ticket.filter(id=1).update(channel="paper", answer_to="")
    bench.now.forward(days=1)
    other = replace(letter(bench.now(), number=2, language=language, kinds=(kind,)).sender, value="anna@second.example")
    await bench.arrives(letter(bench.now(), number=2, language=language, kinds=(kind,), sender=other))
    assert await Ticket.all().count() == 2
    await merge(bench, await Ticket.get(id=2), 1)
    return await Ticket.get(id=1), await Ticket.get(id=2)


def by_mail(bench: Bench, content: contents.Letter) -> str:
    return render(bench.desk.operator, "ru-152fz", content).text


async def last(bench: Bench, kind: type[contents.Letter]) -> contents.Letter:
    bench.now.forward(minutes=1)
    await bench.run()
    row = bench.out["mail"].acts(kind.errand)[-1]
    return contents.of(row, kind)


async def decided(bench: Bench, what: str, head: Ticket, leg: Ticket) -> contents.Letter:
    """A letter of one kind about the joint matter, as it left."""
    demand, boris, now = await Demand.filter(ticket_id=head.id, closed_at=None).first(), await bench.boris(), bench.now()
    assert demand is not None
    async with transaction():
        match what:
            case "reply":
                await reply(bench, head, "Вот ответ.")
                kind: type[contents.Letter] = contents.Reply
            case "reply to the leg":
                await reply(bench, head, "Вот ответ.", leg=leg)
                kind = contents.Reply
            case "extension":
                clock = await Clock.filter(demand_id=demand.id, stopped_at=None).first()
                assert clock is not None
                await extension.extend(bench.desk, clock.id, boris, "Ждём ответа банка.", now)
                kind = contents.Extension
            case "refusal":
                await refusal.refuse(bench.desk, demand.id, "6-1-5", boris, "Договор № 5 действует.", now)
                kind = contents.Refusal
            case "progress":
                await ticks(bench, demand, "stop", "всё")
                kind = contents.Progress
            case _closing:
                await closing.close(bench.desk, head, boris, now, reason="Ошибка")
                kind = contents.Closing
    return await last(bench, kind)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("what", ["reply", "reply to the leg", "extension", "refusal", "progress", "closing"])
async def test_the_reader_of_a_merged_leg_reads_the_number_they_know_and_the_other(
    bench: Bench, what: str, language: str
) -> None:
    bench.desk = replace(bench.desk, progress="always")
    head, leg = await paper_and_mail(bench, language)
    letter_ = await decided(bench, what, head, leg)
    assert (letter_.number, letter_.joined) == (2, (1,))
    assert TOLD[language] in by_mail(bench, letter_)
    assert letter_.envelope is not None
    assert "RD-2-" in letter_.envelope.subject


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_a_letter_from_a_template_does_too(bench: Bench, language: str) -> None:
    head, _leg = await paper_and_mail(bench, language)
    template = (await folder.all_of(bench.desk))["stopped", language]
    said = await facts_of(bench.desk, head, template, {}, Register(), date(2026, 12, 11))
    assert said["number"] == TOLD[language].partition(" ")[2]


async def test_in_a_chat_it_is_said_as_well(bench: Bench) -> None:
    told = contents.Closing(number=2, joined=(1, 3), language="ru", closed_at=bench.now(), promised=())
    assert "№ 2 (объединено с № 1, 3)" in closing_html(told, date(2026, 12, 11), "ru")
    did = contents.Progress(number=2, joined=(1,), language="en", steps=())
    assert "№ 2 (joined with No. 1)" in progress_html(did, "en")


async def test_who_asked_over_the_ticket_that_goes_on_reads_its_number(bench: Bench) -> None:
    first, second = await by_both(bench)
    await merge(bench, second, first)
    way = await way_back(bench.desk, await Ticket.get(id=first.id), bench.now())
    assert (way.number, way.joined) == (first.id, (second.id,))


async def test_what_was_taken_apart_bears_one_number_again(bench: Bench) -> None:
    _head, leg = await paper_and_mail(bench)
    leg = await apart(bench, leg)
    assert await number_known(leg, "ru") == "2"
    assert await number_known(await Ticket.get(id=1), "ru") == "1"


async def test_of_a_chain_all_numbers_are_named(bench: Bench) -> None:
    head, _leg = await paper_and_mail(bench)
    bench.now.forward(days=1)
    third = replace(letter(bench.now()).sender, value="anna@third.example")
    await bench.arrives(letter(bench.now(), number=3, kinds=("stop_processing",), sender=third))
    await merge(bench, await Ticket.get(id=3), 1)
    assert await number_known(await Ticket.get(id=1), "ru") == "2 (объединено с № 1, 3)"
    assert await number_known(await Ticket.get(id=3), "en") == "3 (joined with No. 1, 2)"
    assert head.id == 1
