"""Whole letters of people and programs, from their bytes to what the desk makes of them: a table in tests/data/mail/unseen.toml."""

import tomllib
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from desk.recognising.letter import recognise
from mail.automated import answerable, automated
from mail.parsing.parse import attached_texts, parse

LETTERS = tomllib.loads((Path(__file__).parents[1] / "data" / "mail" / "unseen.toml").read_text(encoding="utf-8"))["letter"]
OWN = frozenset({"support@support.test"})
NO_DEMAND = {"question", "complaint"}


def written(letter):
    if "raw" in letter:
        return letter["raw"].encode()
    message = EmailMessage(policy=SMTP)
    message["From"] = letter.get("from", "Anna <anna@people.test>")
    message["To"] = "support@support.test"
    message["Subject"] = letter.get("subject", "")
    message["Message-ID"] = "<1@people.test>"
    returned = letter.get("headers", {}).get("Return-Path")
    for name, value in letter.get("headers", {}).items():
        if name != "Return-Path":
            message[name] = value
    message.set_content(letter["text"], subtype="html" if letter.get("html") else "plain", charset=letter.get("charset", "utf-8"))
    for name in letter.get("files", ()):
        message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=name)
    head = f"Return-Path: {returned}\r\n".encode() if returned else b""
    return head + message.as_bytes()


@pytest.mark.parametrize("letter", LETTERS, ids=[letter.get("subject") or letter.get("raw", "")[:20] for letter in LETTERS])
def test_every_demand_of_a_letter_is_found_and_no_robot_is_answered(letter):
    mail = parse(written(letter))
    robot = automated(mail, own_addresses=OWN)
    if "robot" in letter:
        assert robot is not None
        assert robot.kind == letter["robot"]
        assert not answerable(mail, OWN)
        return
    assert robot is None
    assert answerable(mail, OWN) == letter.get("answered", True)
    found = recognise(
        mail.subject,
        mail.new_text,
        file_names=[file.name for file in mail.files],
        file_texts=attached_texts(mail),
        sender=mail.sender.email if mail.sender else None,
    )
    kinds = set(found.kinds)
    assert not found.spam
    assert set(letter["demands"]) <= kinds, found.why
    assert kinds - NO_DEMAND <= {*letter["demands"], *letter.get("may", ())}, found.why


def test_the_table_holds_people_and_robots_of_every_sort():
    demanded = {kind for letter in LETTERS for kind in letter.get("demands", ())}
    assert len(LETTERS) >= 80
    assert {letter["robot"] for letter in LETTERS if "robot" in letter} == {"auto_reply", "bounce", "list", "report"}
    assert {
        "consent_withdrawal",
        "stop_processing",
        "access_request",
        "rectification",
        "blocking_request",
        "unlawful_processing",
    } <= demanded
    assert {
        "marketing_optout",
        "distribution_stop",
        "automated_decision_objection",
        "breach_report",
        "authority_order",
    } <= demanded
