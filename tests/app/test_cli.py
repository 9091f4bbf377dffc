"""The commands: answers on stdout, everything else on stderr, exit codes 0, 1 and 2, and no traceback for bad input."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.commanding import alone, answered

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command in this process, in an empty folder; (exit code, stdout, stderr)."""
    alone(monkeypatch, tmp_path)

    def run_command(*words: str, stdin: bytes = b"", **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        return answered(words, capsys)

    return run_command


def test_deadline_counts_the_clocks_of_a_request(run):
    code, out, err = run("deadline", "consent_withdrawal", "2026-12-10T11:00", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert set(found) >= {"kind", "received_at", "extended", "clocks"}
    destroy = found["clocks"][1]
    assert set(destroy) >= {"key", "due", "due_at", "roll193", "safe", "safe_at", "target", "article", "why"}
    assert (destroy["due"], destroy["roll193"], destroy["safe"]) == ("2027-01-09", "2027-01-11", "2026-12-30")
    assert destroy["due_at"] == "2027-01-10T00:00:00+03:00"


OUT_OF_OFFICE = "From: a@b.ru\nSubject: Re: x\nAuto-Submitted: auto-replied\n\nВ отпуске\n".encode()


@pytest.mark.parametrize("language", ["ru_RU.UTF-8", "en_US.UTF-8"])
def test_what_is_shown_to_people_bears_names_and_not_keys(run, language):
    shown = run("classify", "-", stdin=OUT_OF_OFFICE, LANG=language)[1]
    shown += run("classify", "--text", "Прошу прекратить обработку моих данных", LANG=language)[1]
    for key in ("auto_reply", "stop_processing", "out_of_office", ": ru\n"):
        assert key not in shown
    assert ("автоответ" in shown, "automatic reply" in shown) == (language[:2] == "ru", language[:2] == "en")
    terms = run("deadline", "consent_withdrawal", "2026-12-10T11:00", LANG=language)[1].split("\n\n")[1]
    assert ("Уничтожить данные" in terms) == (language[:2] == "ru")
    assert not {"stop", "destroy"} & {line.split("  ")[0] for line in terms.splitlines()}


def test_a_date_and_a_time_may_come_as_two_words(run):
    together = run("deadline", "claim", "2026-11-12T09:00", "--json")
    apart = run("deadline", "claim", "2026-11-12", "09:00", "--json")
    assert together == apart


def test_the_operators_time_zone_is_that_of_the_settings(run):
    _, out, _ = run("deadline", "claim", "2026-11-12T09:00", "--json", DESK_OPERATOR__TIME_ZONE="Asia/Yekaterinburg")
    assert json.loads(out)["received_at"] == "2026-11-12T09:00:00+05:00"


def test_the_table_says_the_last_day_not_the_midnight_after_it(run):
    code, out, _ = run("deadline", "claim", "2026-11-12T09:00")
    assert code == 0
    assert "12.12.2026 24:00" in out
    assert "13.12.2026" not in out


@pytest.mark.parametrize(("locale", "heading"), [("ru_RU.UTF-8", "надёжный срок"), ("en_GB.UTF-8", "safe"), ("C", "safe")])
def test_tables_speak_the_language_of_the_locale_english_unless_it_is_russian(run, locale, heading):
    _, out, _ = run("deadline", "claim", "2026-11-12T09:00", LANG=locale)
    assert heading in out


def test_many_lines_are_answered_one_by_one_bad_ones_with_their_error(run):
    lines = b"claim 2026-11-12T09:00\nnonsense\n\nclaim yesterday\nclaim \xff\xfe\naccess_request 2026-12-21 10:00 extended\r\n"
    code, out, err = run("deadline", "-", stdin=lines)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert err == ""
    assert ["error" in answer for answer in answers] == [False, True, True, True, False]
    assert answers[1]["line"] == 2
    assert answers[4]["clocks"][0]["due"] == "2027-01-20"
    assert answers[4]["extended"] is True


@pytest.mark.parametrize(
    "words",
    [
        ("deadline", "no_such_kind", "2026-11-12"),
        ("deadline", "claim", "yesterday"),
        ("deadline", "claim"),
        ("deadline", "rkn_order", "2026-11-12", "--document-due", "soon"),
        ("tickets", "--due-before", "soon"),
        ("inbound", "show"),
        ("inbound", "--limit", "0"),
        ("inbound", "explode", "1"),
        ("ticket", "seven"),
        ("frobnicate",),
        (),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_two(run, words):
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    assert len(err.strip()) > 20
    assert "Traceback" not in err


def test_what_the_law_cannot_count_is_a_finding(run):
    code, out, err = run("deadline", "access_request", "2027-12-30T10:00")
    assert (code, out) == (1, "")
    assert "2028" in err


def test_wrong_settings_are_told_all_at_once(run):
    code, out, err = run("deadline", "claim", "2026-11-12", DESK_OPERATOR__KIND="firm", DESK_HTTP__LISTEN="here")
    assert (code, out) == (2, "")
    assert [line.split(":")[0].split(" ")[0] for line in err.splitlines()] == ["DESK_OPERATOR__KIND", "DESK_HTTP__LISTEN"]


def test_run_without_a_bot_and_a_group_says_so_before_anything_is_imported(run):
    code, out, err = run("run")
    assert (code, out) == (2, "")
    assert "telegram.token" in err
    assert "telegram.staff_chat" in err
    assert not (Path.cwd() / "var").exists()


def test_before_anything_came_in_listings_are_empty_and_make_nothing(run):
    for words in (("tickets", "--json"), ("inbound", "--json"), ("outbox", "list", "--json")):
        code, out, _ = run(*words)
        assert (code, json.loads(out)) == (0, [])
    assert run("ticket", "1")[0] == 1
    assert run("outbox", "retry", "1")[0] == 1
    assert list(Path.cwd().iterdir()) == []


def test_migrate_makes_the_tables_and_then_has_nothing_to_do(run):
    code, out, _ = run("migrate")
    assert code == 0
    assert "applied" in out
    assert run("migrate") == (0, "The database is up to date.\n", "")
    assert json.loads(run("tickets", "--json")[1]) == []
    assert run("audit", "verify")[0] == 0
    assert run("ticket", "1")[::2] == (1, "There is no ticket 1.\n")


def test_a_database_nobody_can_open_is_a_sentence(run, tmp_path):
    (tmp_path / "desk.sqlite3").write_bytes(b"this is not a database, however long it may be" * 100)
    code, _, err = run("tickets", DESK_DATABASE__URL=f"sqlite://{tmp_path / 'desk.sqlite3'}")
    assert code == 1
    assert "Traceback" not in err


def test_acting_on_a_queue_needs_the_key_of_the_desk(run):
    run("migrate")
    code, _, err = run("inbound", "retry", "1")
    assert code == 1
    assert "key file" in err


def test_the_calendar_says_which_years_are_covered(run):
    code, out, _ = run("calendar", "--json")
    assert code == 0
    assert [year["year"] for year in json.loads(out)["years"]] == [2024, 2025, 2026, 2027]


def test_the_packaged_rules_are_in_order(run):
    assert run("rules", "check")[0] == 0


def test_health_of_a_service_that_does_not_run_is_a_finding(run):
    code, _, err = run("health", DESK_HTTP__LISTEN="127.0.0.1:1")
    assert code == 1
    assert "does not answer" in err


def command(*words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-m", "app", *words],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (("deadline", "claim", "2026-11-12"), {"aiogram", "tortoise", "pydantic", "aiohttp", "structlog", "babel", "jinja2"}),
        (("calendar",), {"aiogram", "tortoise", "pydantic", "aiohttp", "structlog", "babel", "jinja2"}),
        (("tickets",), {"aiogram", "aiohttp", "apscheduler", "aioimaplib", "aiosmtplib", "asyncpg", "rich"}),
        (("outbox",), {"aiogram", "aiohttp", "apscheduler", "aioimaplib", "aiosmtplib", "asyncpg", "rich"}),
    ],
)
def test_a_command_imports_only_what_it_needs(words, heavy, tmp_path):
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not imported & heavy


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        lines = "claim 2026-11-12\n" * 2000
        done = subprocess.run(
            [sys.executable, "-P", "-m", "app", "deadline", "-"],
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
            input=lines,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
