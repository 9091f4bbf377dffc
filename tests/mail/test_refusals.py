"""A refusal of an SMTP server is judged by stage, enhanced code and words together; the answers are as servers give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.errors import Misconfigured, Permanent, Temporary, Unreachable
from mail.refusals import LARGE, Blame, Stage, blame, error_of

RCPT, MAIL, DATA = Stage.RECIPIENT, Stage.SENDER, Stage.LETTER

CASES = [
    # The address is gone.
    (RCPT, "550 5.1.1 The email account that you tried to reach does not exist.", Blame.GONE),
    (RCPT, "550 5.1.1 <anna@people.test>: Recipient address rejected: User unknown in local recipient table", Blame.GONE),
    (RCPT, "550 No such user!", Blame.GONE),
    (
        RCPT,
        "550 Message was not accepted -- invalid mailbox. Local mailbox anna@people.test is unavailable: user not found",
        Blame.GONE,
    ),
    (RCPT, "550 5.7.1 No such user!", Blame.GONE),
    (RCPT, "554 5.2.1 Mailbox disabled", Blame.GONE),
    (RCPT, "550 5.1.10 Recipient not found by SMTP address lookup (null MX)", Blame.GONE),
    (RCPT, "550 5.4.1 Recipient address rejected: Access denied", Blame.GONE),
    (RCPT, "511 5.1.1 unrouteable address", Blame.GONE),
    (RCPT, "550 Пользователь не найден", Blame.GONE),
    # A full mailbox, a server in a hurry: for now, whatever the first digit.
    (RCPT, "552 5.2.2 Mailbox full", Blame.LATER),
    (RCPT, "552-5.2.2 The recipient's inbox is out of storage space and inactive.", Blame.LATER),
    (RCPT, "550 5.1.1 mailbox is full: quota exceeded", Blame.LATER),
    (RCPT, "550 Mailbox over quota", Blame.LATER),
    (RCPT, "552 Requested mail action aborted: exceeded storage allocation", Blame.LATER),
    (
        RCPT,
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
        Blame.LATER,
    ),
    (RCPT, "554 5.7.1 Greylisted, please try again later", Blame.LATER),
    (RCPT, "550 Too many messages from you, try again later", Blame.LATER),
    (RCPT, "550 5.3.2 System not accepting network messages", Blame.LATER),
    (RCPT, "552", Blame.LATER),
    (DATA, "552 5.2.2 over quota", Blame.LATER),
    (DATA, "554 5.3.1 Mail system full", Blame.LATER),
    (RCPT, "451 4.7.1 Greylisted", Blame.LATER),
    (MAIL, "421 too many connections", Blame.LATER),
    # We are refused, not the address.
    (RCPT, "550 5.1.7 The sender's address was syntactically invalid", Blame.OURS),
    (RCPT, "550 5.1.8 <desk@shop.test>: Sender address rejected: Domain not found", Blame.OURS),
    (RCPT, "553 5.7.1 <desk@shop.test>: Sender address rejected: not owned by user", Blame.SENDER),
    (RCPT, "550 Sender verify failed", Blame.SENDER),
    (RCPT, "550 5.1.0 Sender denied", Blame.SENDER),
    (RCPT, "554 5.7.1 <anna@people.test>: Relay access denied", Blame.OURS),
    (RCPT, "550 relaying denied", Blame.OURS),
    (RCPT, "550 5.7.1 Authentication required", Blame.OURS),
    (RCPT, "530 log in first", Blame.OURS),
    (RCPT, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", Blame.SENDER),
    (MAIL, "550 5.7.60 not your address", Blame.OURS),
    (MAIL, "550", Blame.OURS),
    (MAIL, "553 sorry", Blame.OURS),
    (DATA, "550 5.7.26 This mail is unauthenticated", Blame.SENDER),
    # Too large.
    (MAIL, "552 5.3.4 Message size exceeds fixed limit", Blame.SIZE),
    (MAIL, "552", Blame.SIZE),
    (DATA, "552 too big", Blame.SIZE),
    (DATA, "554 5.2.3 message too long", Blame.SIZE),
    (RCPT, "550 message size limit exceeded", Blame.SIZE),
    # This letter, for reasons of their own.
    (RCPT, "550 5.7.1 Rejected as spam", Blame.LETTER),
    (RCPT, "550 5.7.1 Recipient does not want mail from this sender", Blame.LETTER),
    (DATA, "554 5.6.0 Bad content", Blame.LETTER),
    (DATA, "552-5.7.0 This message was blocked because its content presents a potential security issue", Blame.LETTER),
    (RCPT, "552 5.7.1 Rejected by policy", Blame.LETTER),
    (RCPT, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Blame.OURS),
    (DATA, "552 Rejected", Blame.LATER),
    (DATA, "554 5.7.1 no", Blame.LETTER),
    (DATA, "550", Blame.LETTER),
    # Nobody can tell from this alone.
    (RCPT, "550", Blame.UNSURE),
    (RCPT, "553 no", Blame.UNSURE),
    (RCPT, "550 Requested action not taken", Blame.UNSURE),
]


@pytest.mark.parametrize(("stage", "answer", "whom"), CASES)
def test_whom_a_refusal_blames(stage: Stage, answer: str, whom: Blame) -> None:
    assert blame(stage, int(answer[:3]), answer[4:], 4000) is whom


def test_a_bare_552_after_the_letter_blames_the_larger_of_the_two() -> None:
    assert blame(DATA, 552, "", 4000) is Blame.LATER
    assert blame(DATA, 552, "", LARGE + 1) is Blame.SIZE


@given(st.sampled_from(Stage), st.integers(min_value=400, max_value=599), st.text(max_size=200), st.integers(min_value=0))
def test_every_answer_has_a_meaning_and_its_words_are_never_repeated(stage: Stage, code: int, words: str, size: int) -> None:
    whom = blame(stage, code, words, size)
    error = error_of("smtp.shop.test", whom, code, words + " anna@people.test")
    assert "anna" not in str(error)
    assert str(code) in str(error)
    assert (whom is Blame.LATER) == isinstance(error, Temporary)
    if code < 500:
        assert whom is Blame.LATER


def test_only_what_blames_us_stops_the_mailbox_and_only_what_blames_the_address_calls_it_gone() -> None:
    kinds = {whom: type(error_of("h", whom, 550, "")) for whom in Blame}
    assert [whom for whom, kind in kinds.items() if kind is Misconfigured] == [Blame.OURS]
    assert {whom for whom, kind in kinds.items() if kind is Unreachable} == {Blame.GONE, Blame.UNSURE}
    assert {whom for whom, kind in kinds.items() if kind is Permanent} == {Blame.SENDER, Blame.SIZE, Blame.LETTER}


def test_staff_read_the_sentence_in_their_language() -> None:
    told = error_of("smtp.shop.test", Blame.LATER, 552, "5.2.2 full").said("ru")
    assert told == "smtp.shop.test сейчас не может принять письмо (552 5.2.2)."
