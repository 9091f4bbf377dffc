"""One domain in two spellings is one address, also where it was written down before that was known."""

import pytest

from desk.disclosure import file
from desk.disclosure.identity import Place, towards
from desk.ports import Sender
from desk.providers import base, key, spellings
from desk.ticket import requesters
from models import Contact, Held, Level, Requester, Ticket
from tests.mail.mailroom import letter

CYRILLIC, ASCII = "ivan@почта.рф", "ivan@xn--80a1acny.xn--p1ai"
WITHDRAWAL = "Отзываю согласие на обработку моих персональных данных."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CYRILLIC, ASCII),
        ("Ivan@ПОЧТА.РФ", ASCII),
        ("ivan@bücher.example", "ivan@xn--bcher-kva.example"),
        ("ivan@例え.テスト", "IVAN@XN--R8JZ45G.XN--ZCKZAH"),
        ("ivan@people.test", "IVAN@People.Test"),
    ],
)
def test_two_spellings_have_one_key(one, other):
    assert key(one) == key(other)
    assert base(one) == base(other)
    assert set(spellings(one)) == set(spellings(other))
    assert Sender("email", one).value == Sender("email", other).value
    assert Place("email", one) == Place("email", other)


@pytest.mark.parametrize("address", ["", "no address", "ivan@", "ivan@-.рф", f"ivan@{'ж' * 300}.рф", "ivan@xn--\ud800"])
def test_what_is_no_domain_stays_as_it_is(address):
    assert key(address) == address.casefold()
    assert spellings(address) == (address.casefold(),)


async def of_before(room, value):
    """A requester as an earlier release wrote them down."""
    person = await Requester.create(name="Иван Петров", created_at=room.now())
    await Contact.create(requester=person, kind="email", value=value, shown=value, created_at=room.now())
    return person


@pytest.mark.parametrize("written", [CYRILLIC, ASCII])
@pytest.mark.parametrize("writes", [CYRILLIC, ASCII])
async def test_who_was_written_down_in_one_spelling_is_known_in_the_other(room, written, writes):
    person = await of_before(room, written)
    await room.taken(letter("Отзыв", WITHDRAWAL, From=writes))
    ticket = await Ticket.get()
    assert ticket.requester_id == person.id
    assert await Contact.filter(kind="email").count() == 1
    assert await requesters.find(Sender("email", writes)) == person
    assert await towards(ticket, Place("email", writes)) > Level.SAID


async def test_two_letters_in_two_spellings_are_one_matter(room):
    await room.taken(letter("Отзыв", WITHDRAWAL, From=CYRILLIC, Message_ID="<1@p.test>"))
    row = await room.taken(letter("Отзыв ещё раз", WITHDRAWAL, From=ASCII, Message_ID="<2@p.test>"))
    assert row.outcome == "linked"


async def test_a_contact_held_in_one_spelling_is_held_in_the_other(room):
    [(place, _name, _)] = file.read(f"name,email\nИван,{CYRILLIC}\n")
    assert place == Place("email", ASCII)
    await Held.create(kind="email", value=CYRILLIC, name="Иван Петров", source="import", added_at=room.now())
    await of_before(room, CYRILLIC)
    await room.taken(letter("Отзыв", WITHDRAWAL, From=f"Иван Петров <{ASCII}>"))
    assert await towards(await Ticket.get(), Place("email", ASCII)) >= Level.AUTHENTICATED
