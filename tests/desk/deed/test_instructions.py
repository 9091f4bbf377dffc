"""What processors are told, what they answer, and what follows from it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from desk import contents
from desk.deed import drafting, instructions, judgements, listing, releasing, reminding
from desk.errors import Permanent, Refused
from desk.matter import merging
from desk.ports import Sender
from desk.terms import corrections, steps
from desk.ticket import tickets
from models import Demand, History, Instruction, InstructionState, Level, Message, Outbox, OutboxState, Step, Ticket, TicketStatus
from tests.desk.deed.conftest import ARCHIVE, DELIVERY, MAILING, REVIEWS
from tests.desk.people import Bench, acts, letter

DONE, PARTLY, REFUSED = InstructionState.DONE, InstructionState.PARTLY, InstructionState.REFUSED


async def asked(bench: Bench, **changes: object) -> Ticket:
    """Anna's demand has come, and its letters to processors are drafted."""
    await bench.arrives(letter(bench.now(), **changes))
    await drafting.draft(bench.desk, bench.now())
    await bench.run()
    return await Ticket.all().order_by("-id").first()


async def released(bench: Bench, **changes: object) -> Ticket:
    ticket = await asked(bench, **changes)
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    return ticket


async def states() -> dict[str, str]:
    return {one.processor: one.state.value for one in await Instruction.all().order_by("id")}


def told(bench: Bench) -> list[contents.Instruction]:
    return [contents.of(row, contents.Instruction) for row in bench.out["mail"].acts("instruction")]


async def one_of(processor: object) -> Instruction:
    return await Instruction.get(processor=processor.name)


async def answers(bench: Bench, processor: object, number: int = 50, **changes: object):
    """A processor answers the letter to it."""
    one = await one_of(processor)
    base = letter(
        bench.now(),
        number=number,
        sender=Sender("email", processor.email, name="Отдел по данным", verified=Level.AUTHENTICATED),
        subject=f"Re: [{bench.desk.signer.instruction_tag(one.id)}]",
        text="Исполнено полностью.",
        new_text="Исполнено полностью.",
        kinds=(),
        instruction=one.id,
        reply_to=(),
    )
    return await bench.arrives(replace(base, **changes))


async def judges(bench: Bench, processor: object, state: InstructionState, **more: object) -> Instruction:
    one = await one_of(processor)
    return await judgements.judge(bench.desk, one.id, state, await bench.boris(), bench.now(), **more)


async def step_of(kind: str = "consent_withdrawal", key: str = "processors") -> Step | None:
    return await Step.standing(demand__kind=kind, key=key).get_or_none()


# --- drafting


async def test_a_withdrawal_drafts_one_letter_for_each_processor_concerned_and_sends_none(bench: Bench) -> None:
    ticket = await asked(bench, kinds=("consent_withdrawal", "stop_processing"))
    held = await instructions.of(ticket)
    assert [one.processor for one in held] == [DELIVERY.name, MAILING.name]
    assert all(one.asks == ["stop", "destroy"] for one in held)
    assert all(one.covers_step("consent_withdrawal", "processors") for one in held)
    assert all(one.covers_step("stop_processing", "processors") for one in held)
    assert told(bench) == []
    assert acts(bench.out["staff"].rows).count("processors") == 1
    # Nothing is drafted twice, whoever looks.
    assert await drafting.draft(bench.desk, bench.now()) == 0


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("stop_processing", {DELIVERY.name: [["stop"]], MAILING.name: [["stop"]]}),
        ("destruction_request", {DELIVERY.name: [["destroy"]], MAILING.name: [["destroy"]]}),
        ("blocking_request", {DELIVERY.name: [["block"]], MAILING.name: [["block"]]}),
        ("rectification", {DELIVERY.name: [["block"], ["rectify"]], MAILING.name: [["block"], ["rectify"]]}),
        ("unlawful_processing", {DELIVERY.name: [["block", "stop", "destroy"]], MAILING.name: [["block", "stop", "destroy"]]}),
        ("marketing_optout", {DELIVERY.name: [["suppress"]], MAILING.name: [["suppress"]]}),
        ("distribution_stop", {REVIEWS.name: [["take_down"]]}),
        ("access_request", {}),
        ("question", {}),
    ],
)
async def test_each_kind_asks_what_the_law_asks_of_whom_it_concerns(bench: Bench, kind: str, expected: dict) -> None:
    await asked(bench, kinds=(kind,))
    found: dict[str, list] = {}
    for one in await Instruction.all().order_by("id"):
        found.setdefault(one.processor, []).append(one.asks)
    assert found == expected


async def test_the_letter_holds_what_finds_the_person_and_never_the_words_of_the_request(bench: Bench) -> None:
    secret = "Отзываю согласие. Мой диагноз — тайна. Телефон +7 912 345-67-89."
    await released(bench, text=secret, new_text=secret)
    for sent in told(bench):
        assert sent.person.splitlines() == ["Анна Петрова", "anna@example.org", "+7 9123456789"]
        assert "диагноз" not in str(contents.as_json(sent))
        assert sent.envelope.to in {DELIVERY.email, MAILING.email}
    assert told(bench)[0].contract == "Д-17"


async def test_of_a_represented_person_the_representatives_contacts_are_not_told(bench: Bench) -> None:
    ticket = await asked(bench, represented={"name": "Пётр Петров", "right": "мать"})
    assert {one.person for one in await instructions.of(ticket)} == {"Пётр Петров"}


async def test_a_second_demand_joins_the_letter_that_has_not_left_and_is_covered_by_one_that_has(bench: Bench) -> None:
    ticket = await asked(bench, kinds=("stop_processing",))
    await tickets.add_demands(bench.desk, ticket, ["destruction_request"], bench.now(), "staff", bench.now())
    await drafting.draft(bench.desk, bench.now())
    assert [one.asks for one in await instructions.of(ticket)] == [["stop", "destroy"]] * 2
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    await tickets.add_demands(bench.desk, ticket, ["consent_withdrawal"], bench.now(), "staff", bench.now())
    await drafting.draft(bench.desk, bench.now())
    held = await instructions.of(ticket)
    assert len(held) == 2
    assert all(one.covers_step("consent_withdrawal", "processors") for one in held)


async def test_a_kind_that_staff_correct_drafts_for_the_right_one(bench: Bench) -> None:
    ticket = await asked(bench, kinds=("access_request",))
    await corrections.change_kind(bench.desk, ticket, "access_request", "blocking_request", await bench.boris(), bench.now())
    await drafting.draft(bench.desk, bench.now())
    assert [one.asks for one in await Instruction.all()] == [["block"], ["block"]]


async def test_a_letter_that_nobody_wants_any_more_does_not_leave(bench: Bench) -> None:
    ticket = await asked(bench, kinds=("stop_processing", "claim"))
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    await corrections.change_kind(bench.desk, ticket, "stop_processing", None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert told(bench) == []
    assert set((await states()).values()) == {"drafted"}
    notices = [contents.of(row, contents.Notice).words for row in bench.out["staff"].acts("notice")]
    assert sum("was not sent" in words for words in notices) == 2


# --- releasing


async def test_all_or_some_are_released_and_each_bears_its_own_signed_reference(bench: Bench) -> None:
    ticket = await asked(bench)
    first = await one_of(DELIVERY)
    await releasing.release(bench.desk, ticket, [first.id], await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert await states() == {DELIVERY.name: "told", MAILING.name: "drafted"}
    [sent] = told(bench)
    assert bench.desk.signer.instruction_of((sent.envelope.message_id,), "") == first.id
    assert bench.desk.signer.instruction_of((), f"Re: {sent.envelope.subject}") == first.id
    forged = sent.envelope.subject.replace(f"RP-{first.id}-", f"RP-{first.id + 1}-")
    assert bench.desk.signer.instruction_of((), forged) is None
    # A reference to an instruction leads into nobody's ticket.
    assert bench.desk.signer.ticket_of_tag(sent.envelope.subject) is None
    assert bench.desk.signer.ticket_of_message_id(sent.envelope.message_id) is None


async def test_a_double_tap_sends_one_letter(bench: Bench) -> None:
    ticket = await asked(bench)
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    with pytest.raises(Refused, match="released before"):
        await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert len(told(bench)) == 2


async def test_a_released_letter_can_be_taken_back_until_it_leaves(bench: Bench) -> None:
    ticket = await asked(bench)
    one = await one_of(DELIVERY)
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    assert await releasing.take_back(bench.desk, one.id, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert [sent.processor for sent in told(bench)] == [MAILING.name]
    assert await states() == {DELIVERY.name: "drafted", MAILING.name: "told"}
    assert not await releasing.take_back(bench.desk, (await one_of(MAILING)).id, await bench.boris(), bench.now())


async def test_what_is_to_be_corrected_is_said_before_that_letter_can_leave(bench: Bench) -> None:
    ticket = await released(bench, kinds=("rectification",))
    assert [sent.asks[0][:11] for sent in told(bench)] == ["немедленно "] * 2
    waiting = await instructions.drafts(ticket)
    assert [one.asks for one in waiting] == [["rectify"]] * 2
    with pytest.raises(Refused, match="what exactly is to be corrected"):
        await releasing.release(bench.desk, ticket, [waiting[0].id], await bench.boris(), bench.now())
    await drafting.word(bench.desk, ticket, "Почта: anna@new.example", await bench.boris(), bench.now())
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert told(bench)[-1].words == "Почта: anna@new.example"


async def test_the_settings_say_how_long_a_processor_has_and_the_law_may_say_less(bench: Bench) -> None:
    await released(bench)
    assert {one.due for one in await Instruction.all()} == {date(2026, 12, 15)}
    bench.desk = replace(bench.desk, processors=(replace(DELIVERY, confirm_within_days=40), MAILING))
    for door in bench.doors.values():
        door.desk = bench.desk
    await released(bench, number=7, sender=Sender("email", "olga@example.org", name="Ольга"), subject="Отзыв")
    slow = await Instruction.filter(processor=DELIVERY.name).order_by("-id").first()
    assert slow.due == date(2026, 12, 30)  # the safe date of the destruction, not the 19th of January


async def test_a_processor_without_an_address_is_told_on_paper_and_its_clock_runs_from_that_day(bench: Bench) -> None:
    bench.desk = replace(bench.desk, processors=(ARCHIVE,))
    for door in bench.doors.values():
        door.desk = bench.desk
    ticket = await asked(bench)
    one = await one_of(ARCHIVE)
    with pytest.raises(Refused, match="no e-mail address"):
        await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    with pytest.raises(Refused, match="future"):
        await releasing.told_otherwise(bench.desk, one.id, "заказное", "15", date(2026, 12, 11), await bench.boris(), bench.now())
    await releasing.told_otherwise(bench.desk, one.id, "заказное", "15", date(2026, 12, 8), await bench.boris(), bench.now())
    one = await one_of(ARCHIVE)
    assert (one.state, one.due, one.number) == (InstructionState.TOLD, date(2026, 12, 13), "15")
    await judges(bench, ARCHIVE, DONE, note="письмо № 3 от 10.12.2026")
    assert (await step_of()).confirmed_by == ARCHIVE.name


# --- answers


async def test_a_demand_is_proved_only_when_each_concerned_processor_confirmed(bench: Bench) -> None:
    await released(bench)
    assert (await answers(bench, DELIVERY)).outcome == "processor"
    assert (await states())[DELIVERY.name] == "answered"
    assert await step_of() is None
    await judges(bench, DELIVERY, DONE)
    assert await step_of() is None
    assert await listing.count([1]) == (1, 2)
    await judges(bench, MAILING, DONE, note="по телефону, Иванова, 10.12.2026")
    row = await step_of()
    assert row is not None
    assert (row.proof, row.confirmed_by, row.done_by) == ("confirmation", f"{DELIVERY.name}, {MAILING.name}", "desk")
    assert await listing.count([1]) == (2, 2)


@pytest.mark.parametrize("state", [PARTLY, REFUSED])
async def test_a_part_or_a_refusal_proves_nothing(bench: Bench, state: InstructionState) -> None:
    await released(bench)
    await judges(bench, DELIVERY, DONE)
    await judges(bench, MAILING, state, note="бухгалтерию храним 5 лет")
    assert await step_of() is None
    # After the rest was done too, it is.
    await judges(bench, MAILING, DONE, note="теперь всё")
    assert await step_of() is not None


async def test_a_judgement_that_is_taken_back_takes_the_proof_with_it(bench: Bench) -> None:
    await released(bench)
    await judges(bench, DELIVERY, DONE)
    await judges(bench, MAILING, DONE)
    one = await one_of(MAILING)
    await judgements.take_judgement_back(bench.desk, one.id, await bench.boris(), bench.now())
    assert await step_of() is None
    assert (await one_of(MAILING)).next_at is not None
    rows = await Step.filter(key="processors")
    assert [row.taken_back_at is not None for row in rows] == [True]


async def test_two_colleagues_who_judge_at_once_do_not_overwrite_each_other(bench: Bench) -> None:
    await released(bench)
    await answers(bench, DELIVERY)
    await judges(bench, DELIVERY, DONE, seen="answered")
    with pytest.raises(Refused, match="colleague"):
        await judges(bench, DELIVERY, REFUSED, seen="answered")
    assert (await one_of(DELIVERY)).state == DONE


async def test_what_was_not_sent_cannot_be_confirmed(bench: Bench) -> None:
    await asked(bench)
    with pytest.raises(Refused, match="not told yet"):
        await judges(bench, DELIVERY, DONE)


async def test_processors_that_hold_nothing_are_spared_and_all_spared_sets_the_step_aside(bench: Bench) -> None:
    ticket = await asked(bench)
    boris = await bench.boris()
    await judgements.spare(bench.desk, (await one_of(DELIVERY)).id, boris, bench.now())
    assert await step_of() is None
    await judgements.spare(bench.desk, (await one_of(MAILING)).id, boris, bench.now())
    row = await step_of()
    assert row is not None
    assert row.aside
    assert await listing.count([ticket.id]) == (0, 0)
    await judgements.spare(bench.desk, (await one_of(MAILING)).id, boris, bench.now())
    assert await step_of() is None


async def test_an_answer_is_kept_beside_the_matter_and_is_never_the_requesters(bench: Bench) -> None:
    ticket = await released(bench)
    before = await Demand.all().count()
    await answers(bench, DELIVERY, text="Прошу удалить мои данные, это шаблон.", new_text="…", kinds=("destruction_request",))
    assert await Ticket.all().count() == 1
    assert await Demand.all().count() == before
    kept = await Message.get(author__startswith="processor:")
    assert (kept.ticket_id, kept.direction) == (ticket.id, "note")
    assert len(bench.out["mail"].acts("acknowledgement")) == 1
    posted = [contents.of(row, contents.Answered) for row in bench.out["staff"].acts("answered")]
    assert [(one.stranger, one.referred, one.proven) for one in posted] == [(False, True, True)]


async def test_a_colleague_of_the_processor_answers_for_it(bench: Bench) -> None:
    await released(bench)
    sender = Sender("email", "ivanov@delivery.example", name="Иванов")
    assert (await answers(bench, DELIVERY, sender=sender)).outcome == "processor"
    assert (await states())[DELIVERY.name] == "answered"


@pytest.mark.parametrize(
    "address", ["mallory@evil.example", "privacy@delivery.example.evil.example", "dpo@mailing.example", "privacy@gmail.com"]
)
async def test_a_stranger_with_the_reference_changes_nothing_and_is_said(bench: Bench, address: str) -> None:
    ticket = await released(bench)
    row = await answers(bench, DELIVERY, sender=Sender("email", address, name="ООО «Доставка»"))
    assert row.outcome == "stranger"
    assert (await states())[DELIVERY.name] == "told"
    assert await Ticket.all().count() == 1
    [posted] = [contents.of(row, contents.Answered) for row in bench.out["staff"].acts("answered")]
    assert (posted.stranger, posted.sender) == (True, address)
    # Staff may say that it is the processor's after all.
    message = await Message.get(author="stranger")
    await judgements.take_as_answer(bench.desk, posted.instruction, message.id, await bench.boris(), bench.now())
    assert (await states())[DELIVERY.name] == "answered"
    assert await History.filter(ticket_id=ticket.id, action="letter taken as answer").exists()


async def test_the_requester_who_got_the_letter_forwarded_is_the_requester(bench: Bench) -> None:
    ticket = await released(bench)
    row = await answers(bench, DELIVERY, sender=Sender("email", "anna@example.org"), text="Спасибо", ticket_id=ticket.id)
    assert row.outcome == "added"


async def test_a_processor_that_lost_the_reference_is_asked_about_and_its_own_demands_open_a_ticket(bench: Bench) -> None:
    await released(bench)
    row = await answers(bench, DELIVERY, instruction=None, subject="Исполнение")
    assert row.outcome == "processor"
    assert (await states())[DELIVERY.name] == "told"  # nothing by itself
    [posted] = [contents.of(row, contents.Answered) for row in bench.out["staff"].acts("answered")]
    assert not posted.referred
    own = await answers(bench, DELIVERY, number=51, instruction=None, subject="Моё", kinds=("access_request",))
    assert own.outcome == "opened"


async def test_an_automatic_reply_answers_nothing(bench: Bench) -> None:
    await released(bench)
    row = await answers(bench, DELIVERY, automated="auto_reply", subject="Ваше письмо получено", held_for=("auto_reply",))
    assert row.outcome == "auto_reply"
    assert (await states())[DELIVERY.name] == "told"
    assert await Ticket.all().count() == 1


async def test_a_later_letter_after_the_judgement_changes_it_not(bench: Bench) -> None:
    await released(bench)
    await answers(bench, DELIVERY)
    await judges(bench, DELIVERY, DONE)
    await answers(bench, DELIVERY, number=52, text="Ошиблись, не удалили", new_text="Ошиблись, не удалили")
    assert (await states())[DELIVERY.name] == "done"
    assert len(bench.out["staff"].acts("answered")) == 2  # staff are asked anew


# --- bounces, failures, silence


async def test_a_bounce_says_that_the_processor_knows_nothing_and_stops_its_clock(bench: Bench) -> None:
    ticket = await released(bench)
    sent = told(bench)[0]
    bounce = letter(
        bench.now(),
        number=60,
        sender=Sender("email", "mailer-daemon@delivery.example"),
        subject="Undelivered",
        kinds=(),
        automated="bounce",
        original_message_id=sent.envelope.message_id,
        failed_recipients=(sent.envelope.to,),
        instruction=sent.instruction,
        reply_to=(),
    )
    assert (await bench.arrives(bounce)).outcome == "bounce"
    one = await one_of(DELIVERY)
    assert (one.state, one.next_at) == (InstructionState.BOUNCED, None)
    said = [contents.of(row, contents.Notice).words for row in bench.out["staff"].acts("notice")]
    assert sum("came back" in words for words in said) == 1
    assert not any("reach the person another way" in words for words in said)
    # It is written anew to the address that the settings name by now.
    bench.desk = replace(bench.desk, processors=(replace(DELIVERY, email="new@delivery.example"), MAILING))
    await judgements.again(bench.desk, one.id, await bench.boris(), bench.now())
    await releasing.release(bench.desk, ticket, [one.id], await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert told(bench)[-1].envelope.to == "new@delivery.example"
    assert (await states())[DELIVERY.name] == "told"


async def test_a_letter_that_cannot_be_sent_is_said_and_can_be_written_again(bench: Bench) -> None:
    ticket = await asked(bench)
    bench.out["mail"].errors = [Permanent("No such address.")]
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    seen = await listing.listing(bench.desk, ticket, bench.now())
    assert [one.state for one in seen.told] == ["failed", "told"]
    said = [contents.of(row, contents.Notice).words for row in bench.out["staff"].acts("notice")]
    assert any("A letter to a processor could not be sent" in words for words in said)
    await judgements.again(bench.desk, seen.told[0].id, await bench.boris(), bench.now())
    assert (await states())[DELIVERY.name] == "drafted"


async def test_a_silent_processor_is_reminded_then_staff_are_each_working_day(bench: Bench) -> None:
    await released(bench)  # Thursday 10.12, to be confirmed until Tuesday 15.12
    await judges(bench, MAILING, DONE, note="позвонили")
    bench.out["staff"].rows.clear()
    reminded = []
    for _ in range(24 * 12):
        bench.now.forward(hours=1)
        if await reminding.remind(bench.desk, bench.now()):
            await bench.run()
            one = await one_of(DELIVERY)
            reminded.append((bench.now().date().isoformat(), bench.now().hour, one.reminded))
    # 9:00 Moscow: the day before the last, the day after it, and each working day from then on.
    assert reminded[:4] == [
        ("2026-12-14", 6, 1),
        ("2026-12-16", 6, 2),
        ("2026-12-17", 6, 3),
        ("2026-12-18", 6, 4),
    ]
    assert [sent.reminder for sent in told(bench)] == [0, 0, 1, 2]
    assert {sent.due for sent in told(bench)} == {date(2026, 12, 15)}
    said = [contents.of(row, contents.Notice) for row in bench.out["staff"].acts("notice")]
    assert len(said) == len(reminded) - 1
    assert not {date.fromisoformat(day).weekday() for day, _, _ in reminded} & {5, 6}
    # An answer ends it.
    await answers(bench, DELIVERY)
    bench.now.forward(days=3)
    assert await reminding.remind(bench.desk, bench.now()) == 0


async def test_reminders_continue_the_thread_of_the_first_letter(bench: Bench) -> None:
    await released(bench)
    first = told(bench)[0]
    bench.now.forward(days=7)
    await reminding.remind(bench.desk, bench.now())
    await bench.run()
    late = next(sent for sent in told(bench) if sent.reminder)
    assert late.envelope.in_reply_to == first.envelope.message_id
    assert late.envelope.message_id != first.envelope.message_id


async def test_a_closed_ticket_reminds_nobody(bench: Bench) -> None:
    ticket = await released(bench)
    await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="передумала")
    bench.now.forward(days=9)
    assert await reminding.remind(bench.desk, bench.now()) == 0
    assert (await Ticket.get()).status == TicketStatus.CLOSED


# --- the matter goes on


async def test_what_is_demanded_anew_is_told_anew_and_not_proved_by_what_was_confirmed_before(bench: Bench) -> None:
    ticket = await released(bench, kinds=("stop_processing",))
    await judges(bench, DELIVERY, DONE)
    await judges(bench, MAILING, DONE)
    assert await step_of("stop_processing") is not None
    demand = await Demand.get()
    bench.now.forward(days=40)
    for row in await Step.filter(demand_id=demand.id):
        await steps.undone(bench.desk, demand.id, row.key, None, bench.now())
    await tickets.demand_anew(bench.desk, ticket, demand, bench.now(), bench.now())
    await drafting.draft(bench.desk, bench.now())
    waiting = await instructions.drafts(ticket)
    assert [one.processor for one in waiting] == [DELIVERY.name, MAILING.name]
    assert await step_of("stop_processing") is None


async def test_a_merge_takes_the_processors_along_and_an_unmerge_gives_them_back(bench: Bench) -> None:
    first = await released(bench, kinds=("stop_processing",))
    other = letter(
        bench.now(),
        number=9,
        sender=Sender("email", "anna@work.example", name="Анна Петрова"),
        kinds=("claim",),
        subject="Претензия",
    )
    await bench.arrives(other)
    second = await Ticket.all().order_by("-id").first()
    boris = await bench.boris()
    into = await merging.merge(bench.desk, first, second.id, boris, bench.now())
    await bench.run()
    assert await listing.count([first.id, into.id]) == (0, 2)
    await judges(bench, DELIVERY, DONE)
    await judges(bench, MAILING, DONE)
    row = await step_of("stop_processing")
    assert row is not None
    assert row.ticket_id == into.id


async def test_a_matter_opened_before_its_processors_were_named_can_begin_later(bench: Bench) -> None:
    named = bench.desk.processors
    bench.desk = replace(bench.desk, processors=())
    for door in bench.doors.values():
        door.desk = bench.desk
    ticket = await asked(bench)
    assert await Instruction.all().count() == 0
    bench.desk = replace(bench.desk, processors=named)
    assert await drafting.begin(bench.desk, ticket, bench.now()) == 2


async def test_a_publisher_can_be_told_besides(bench: Bench) -> None:
    ticket = await asked(bench)
    seen = await listing.listing(bench.desk, ticket, bench.now())
    assert list(seen.others) == [REVIEWS.name]
    one = await drafting.include(bench.desk, ticket, REVIEWS.name, await bench.boris(), bench.now())
    assert one.asks == ["stop", "destroy"]
    with pytest.raises(Refused, match="already"):
        await drafting.include(bench.desk, ticket, REVIEWS.name, await bench.boris(), bench.now())


async def test_a_killed_process_between_decision_and_sending_sends_each_letter_once(bench: Bench) -> None:
    ticket = await asked(bench)
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    other = Bench(bench.desk, bench.now)  # another life, which knows the database only
    other.position = bench.position
    bench.now.forward(minutes=1)
    await other.run()
    await other.run()
    assert len(told(other)) == 2
    assert await Outbox.filter(errand="instruction", state=OutboxState.SENT).count() == 2
    bench.now.forward(days=4, hours=-2)
    assert await reminding.remind(other.desk, bench.now() + timedelta(hours=0)) == 2
