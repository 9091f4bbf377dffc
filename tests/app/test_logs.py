"""Logs tell what happened, and never who somebody is or what they wrote."""

import io
import json
import logging

import pytest
import structlog

from app import logs

MARK = "anna.secretova@people.test"


@pytest.fixture
def lines(monkeypatch):
    """What was logged, as parsed JSON lines. The configuration of the test run comes back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", [])
    before = {name: logging.getLogger(name).level for name in ["", *logs.PINNED]}
    logs.set_up(stream=stream, console=False)

    def read() -> list[dict]:
        text = stream.getvalue()
        assert MARK not in text
        return [json.loads(line) for line in text.splitlines()]

    yield read
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_numbers_and_known_words_are_logged(lines):
    structlog.get_logger("desk.x").info("ticket opened", ticket=7, channel="mail", why="A sentence.")
    (line,) = lines()
    assert (line["event"], line["ticket"], line["channel"], line["why"]) == ("ticket opened", 7, "mail", "A sentence.")
    assert line["level"] == "info"


def test_words_under_other_names_and_ids_of_people_are_dropped_and_said_to_be(lines):
    structlog.get_logger("desk.x").info("letter came", address=MARK, chat=4711, subject=MARK, ticket=1)
    (line,) = lines()
    assert line["names"] == ["address", "chat", "subject"]
    assert "address" not in line
    assert "chat" not in line


def test_an_error_is_its_type_and_place_without_its_text(lines):
    try:
        raise ValueError(MARK)
    except ValueError as cause:
        try:
            raise RuntimeError(f"about {MARK}") from cause
        except RuntimeError:
            structlog.get_logger("desk.x").exception("it failed", error=MARK)
    (line,) = lines()
    assert "builtins.ValueError" in line["exception"]
    assert "builtins.RuntimeError" in line["exception"]
    assert "test_logs.py" in line["exception"]


def test_what_libraries_say_keeps_its_template_and_loses_its_values(lines):
    logging.getLogger("aiosmtplib").warning("refused %s", MARK)
    logging.getLogger("somebody").error(f"sending to {MARK} failed")  # noqa: G004 - as libraries do
    first, second = lines()
    assert first["event"] == "refused %s"
    assert second["event"].startswith("somebody reports in")


def test_an_exception_group_is_told_member_by_member(lines):
    try:
        raise ExceptionGroup("all", [ValueError(MARK), KeyError(MARK)])
    except ExceptionGroup:
        logging.getLogger("somebody").exception("went wrong: %s", MARK)
    (line,) = lines()
    assert "builtins.ValueError" in line["exception"]
    assert "builtins.KeyError" in line["exception"]


def test_libraries_that_print_contents_when_debugged_stay_quiet(lines):
    for name in ("aioimaplib.aioimaplib", "aiogram.event", "tortoise.db_client", "aiosqlite", "aiohttp.access"):
        logging.getLogger(name).info("the letter of %s", MARK)
        logging.getLogger(name).debug("the letter of %s", MARK)
    assert lines() == []


def test_a_terminal_gets_lines_for_people(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.set_up(stream=stream, console=True)
    structlog.get_logger("desk.x").warning("a loop ended", loop="sweep")
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    assert "a loop ended" in stream.getvalue()
    assert "loop=sweep" in stream.getvalue()


def test_what_a_server_repeated_of_a_person_is_masked_in_our_sentences():
    told = "Telegram refused it: 550 5.1.1 <anna@people.test> unknown, ask +7 (999) 123-45-67 or 4111 1111 1111 1111."
    assert logs.masked(told) == "Telegram refused it: 550 5.1.1 <(address)> unknown, ask (number) or (number)."
    assert logs.masked("Inbound 1234 waits until 2026-11-22 09:00.") == "Inbound 1234 waits until 2026-11-22 09:00."
