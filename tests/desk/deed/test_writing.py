"""Words of staff to a processor: they continue its thread, decide nothing, and a bounce of them is said."""

from desk import contents
from desk.deed import writing
from models import InstructionState, Outbox, OutboxState
from models.store.connect import transaction
from tests.desk.deed.test_instructions import DELIVERY, answers, one_of, released, told
from tests.desk.people import Bench, letter


async def written(bench: Bench, text: str = "Когда удалены копии?") -> contents.ProcessorWords:
    async with transaction():
        one = await one_of(DELIVERY)
        await writing.write(bench.desk, one.id, text, await bench.boris(), bench.now(), key=f"words:{bench.now()}")
    bench.now.forward(seconds=30)
    await bench.run()
    return contents.of(await Outbox.filter(errand="processor_words").order_by("-id").first(), contents.ProcessorWords)


async def test_the_words_follow_the_last_letter_of_the_thread_and_change_no_state(bench: Bench) -> None:
    await released(bench)
    first = next(one for one in told(bench) if one.envelope.to == DELIVERY.email)
    said = await written(bench)
    assert said.envelope.in_reply_to == first.envelope.message_id
    assert (await one_of(DELIVERY)).state == InstructionState.TOLD
    await answers(bench, DELIVERY)
    again = await written(bench, "А архив?")
    assert again.envelope.references[0] == first.envelope.message_id
    assert again.envelope.in_reply_to not in {first.envelope.message_id, ""}
    assert (await one_of(DELIVERY)).state == InstructionState.ANSWERED


async def test_what_comes_back_to_the_words_is_the_processors_answer(bench: Bench) -> None:
    await released(bench)
    said = await written(bench)
    assert bench.desk.signer.instruction_of((said.envelope.message_id,), "") == said.instruction
    await answers(bench, DELIVERY, reply_to=(said.envelope.message_id,))
    assert (await one_of(DELIVERY)).state == InstructionState.ANSWERED


async def test_words_that_come_back_are_said_and_the_instruction_stands(bench: Bench) -> None:
    await released(bench)
    said = await written(bench)
    bounce = letter(
        bench.now(), number=60, subject="Undelivered", kinds=(), automated="bounce", original_message_id=said.envelope.message_id,
        failed_recipients=(said.envelope.to,), instruction=said.instruction, reply_to=(),
    )  # fmt: skip
    await bench.arrives(bounce)
    notices = [contents.of(row, contents.Notice).words for row in bench.out["staff"].acts("notice")]
    assert sum("What was written to" in one for one in notices) == 1
    assert (await one_of(DELIVERY)).state == InstructionState.TOLD
    assert (await Outbox.filter(errand="processor_words").get()).state == OutboxState.SENT
