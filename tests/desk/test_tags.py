"""References that lead back, and those that only look so."""

from desk.tags import Signer, named

OURS, THEIRS = Signer(b"a" * 32), Signer(b"b" * 32)


def test_a_tag_and_a_message_id_lead_back_to_their_ticket() -> None:
    assert OURS.ticket_of_tag(f"Re: Отзыв [{OURS.tag(17)}]") == 17
    assert OURS.ticket_of_message_id(OURS.message_id(17, "desk.example")) == 17


def test_a_tag_of_another_key_or_another_number_leads_nowhere() -> None:
    assert OURS.ticket_of_tag(THEIRS.tag(17)) is None
    assert OURS.ticket_of_tag(OURS.tag(17).replace("RD-17", "RD-18")) is None
    assert OURS.ticket_of_message_id(THEIRS.message_id(17, "x")) is None
    assert OURS.ticket_of_message_id("<rd.17.0123456789abcdef.aaaaaaaaaa@x>") is None


def test_a_number_that_is_only_named_is_a_hint() -> None:
    assert named("по заявке RD-17") == 17
    assert named("[#17]") is None
