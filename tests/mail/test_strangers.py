"""Who is answered: nobody who spoke to somebody else, and everybody who spoke to us. Letters in tests/data/mail/strangers.toml."""

import tomllib
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from mail.automated import nature
from mail.parsing.parse import parse
from mail.writer import House

LETTERS = tomllib.loads((Path(__file__).parents[1] / "data" / "mail" / "strangers.toml").read_text(encoding="utf-8"))["letter"]
OURS = frozenset({"support@support.test"})


def written(letter):
    message = EmailMessage(policy=SMTP)
    told = {"From": letter["from"], "To": letter.get("to", "support@support.test"), "Cc": letter.get("cc", "")}
    for name, value in (told | letter.get("headers", {})).items():
        if value and name != "Return-Path":
            message[name] = value
    message["Subject"] = letter["subject"]
    message["Message-ID"] = "<1@people.test>"
    message.set_content(letter["text"], charset="utf-8")
    returned = letter.get("headers", {}).get("Return-Path")
    return (f"Return-Path: {returned}\r\n".encode() if returned else b"") + message.as_bytes()


def house(letter):
    return House(OURS | frozenset(letter.get("aliases", ())))


@pytest.mark.parametrize("letter", LETTERS, ids=[f"{letter['from']}: {letter['subject']}" for letter in LETTERS])
def test_only_who_speaks_to_us_is_answered(letter):
    found = nature(parse(written(letter)), house(letter))
    assert found.answerable == letter["answered"], (found.automated, found.silenced_by, found.signs)
    # Whoever is not answered stands in the list of quiet letters, or is a ticket that says why nothing was sent.
    assert found.answerable or found.automated or found.silenced_by


def test_a_mailbox_at_a_public_provider_makes_nobody_else_there_ours():
    letter = {"from": "a@gmail.com", "to": "somebody.else@gmail.com", "subject": "Lunch", "text": "See you at one."}
    assert not nature(parse(written(letter)), House(frozenset({"our.desk@gmail.com"}))).answerable
