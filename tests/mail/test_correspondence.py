"""The whole way: an answer that quotes our letter is judged by what the person wrote, and by nothing else."""

import pytest

from desk import contents
from mail.correspondence import Correspondence
from mail.door import MailDoor
from mail.letters import render
from mail.parsing.parse import parse
from mail.parsing.sealed import keys_in
from mail.reading import NOTHING_KNOWN
from models import Demand, Message, Outbox, Ticket
from tests.bench.calls import counting
from tests.mail.mailroom import Mailroom, letter
from tests.mail.parsing.quoting import STYLES, answer
from tests.mail.parsing.test_containers import CERTIFICATE, RSA, pem, root, sealed_to

CHOSEN = [style for style in STYLES if style["name"] in {
    "the bat", "zoho", "notes", "groupwise", "line of dashes", "header as a table", "answer inside, nothing marked",
    "answer below outlook's header", "guillemets", "quoted twice",
}]  # fmt: skip


async def our_letter(room: Mailroom) -> tuple[str, str]:
    """The text and the Message-ID of the acknowledgement that was decided last."""
    row = await Outbox.filter(errand="acknowledgement").order_by("-id").first()
    told = contents.of(row, contents.Acknowledgement)
    return render(room.desk.operator, room.desk.regime.name, told).text, told.envelope.message_id


def reply(style, own, ours, message_id, number) -> bytes:
    kind = "html" if style.get("html") else "plain"
    raw = letter("Re: Withdrawal Statement", "x", In_Reply_To=message_id, Message_ID=f"<{number}@people.test>")
    head = raw.partition(b"\n\n")[0].decode().replace("text/plain", f"text/{kind}").replace("7bit", "8bit")
    return f"{head}\n\n{answer(style, own, ours)}".encode()


@pytest.mark.parametrize("style", CHOSEN, ids=[style["name"] for style in CHOSEN])
async def test_thanks_below_our_words_open_nothing_and_a_new_demand_opens_its_terms(room, style):
    await room.taken(letter())
    ours, message_id = await our_letter(room)
    ticket = await Ticket.get()
    before = {one.kind for one in await Demand.filter(ticket=ticket)}
    await room.taken(reply(style, "Спасибо, получил.", ours, message_id, 2))
    assert {one.kind for one in await Demand.filter(ticket=ticket)} == before
    thanks = await Message.filter(ticket=ticket, direction="in").order_by("-id").first()
    assert "автоматически" not in thanks.new_text
    assert "автоматически" in thanks.text
    await room.taken(
        reply(style, "Сообщите, какие мои персональные данные вы обрабатываете и кому их передали.", ours, message_id, 3)
    )
    assert await Ticket.all().count() == 1
    assert {one.kind for one in await Demand.filter(ticket=ticket)} - before == {"access_request"}


async def test_a_recall_is_tied_to_the_letter_that_it_names_and_changes_nothing(room):
    await room.taken(letter())
    await room.taken(letter("Вопрос", "Когда вы работаете?", Message_ID="<2@people.test>"))
    first, second = await Ticket.all().order_by("id")
    told = 'Anna Ivanova would like to recall the message, "Withdrawal Statement".'
    row = await room.taken(letter("Recall: Withdrawal Statement", told, Message_ID="<3@people.test>"))
    assert (row.outcome, row.ticket_id) == ("recall", first.id)
    assert second.id != first.id
    assert [one.direction.value for one in await Message.filter(ticket=first).order_by("id")] == ["in", "note"]
    assert await Demand.filter(ticket=first, closed_at__isnull=False).count() == 0


async def test_a_recall_of_what_never_came_waits_in_the_quiet_list(room):
    row = await room.taken(letter("Recall: Withdrawal Statement", "Anna would like to recall the message."))
    assert (row.outcome, row.ticket_id) == ("recall", None)


async def test_a_letter_without_words_is_answered_in_the_operators_first_language(room):
    assert (await room.told(letter("", "\n"))).language == "ru"
    assert (await room.told(letter("...", "\n\n"))).language == "ru"


async def test_what_was_repaired_goes_with_the_letter(room):
    broken = letter().replace(b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: rot13")
    raw = (
        broken
        if broken != letter()
        else letter().replace(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: spam")
    )
    assert (await room.told(raw)).remarks
    assert (await room.told(letter())).remarks == ()


async def test_an_encrypted_letter_is_read_with_the_keys_of_the_operator(room):
    raw = root(sealed_to(CERTIFICATE), "application/pkcs7-mime; smime-type=enveloped-data")
    assert (await room.told(raw)).kinds == ("question",)
    room.door = MailDoor(room.desk, keys=keys_in([pem(RSA, CERTIFICATE)]))
    told = await room.told(raw)
    assert "consent_withdrawal" in told.kinds
    assert "decrypted" in told.remarks[0]["words"]


async def test_letters_of_several_writers_together_know_what_each_knows_alone_by_two_questions(room):
    for number in range(1, 4):
        for again in range(number):
            who, message_id = f"Person {number} <p{number}@people.test>", f"<{number}.{again}@people.test>"
            await room.taken(letter("Withdrawal Statement", "Отзываю согласие.", From=who, Message_ID=message_id))
    _, ours = await our_letter(room)
    mails = [
        parse(letter("Re: Withdrawal Statement", "Спасибо", From=who, In_Reply_To=answered, Message_ID=message_id))
        for who, answered, message_id in (
            ("p1@people.test", "", "<1.0@people.test>"),  # this one came already
            ("p2@people.test", "", "<new@people.test>"),
            ("friend@else.test", ours, "<friend@else.test>"),  # proves the ticket of another
            ("p2@people.test", ours, "<both@people.test>"),
            ("nobody@else.test", "", "<nobody@else.test>"),
        )
    ]
    known = Correspondence(room.desk)
    alone = [(await known.with_writers([mail]))[0] for mail in mails]
    with counting() as calls:
        assert await known.with_writers(mails) == alone
    assert calls.total() == 2
    assert [len(one.theirs) for one in alone] == [0, 2, 3, 5, 0]
    assert [bool(one.ours) for one in alone] == [True, True, True, True, False]
    assert alone[-1] == NOTHING_KNOWN
    assert await known.with_writers([]) == []
