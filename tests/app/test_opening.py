"""`rightsdesk open`: a ticket for what did not come by itself, from options and from questions."""

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import cli
from desk.vault import Vault
from tests.app.commanding import alone, answered

PAPER = (
    "open", "paper", "--name", "Иванова Мария Петровна", "--postal", "150000, Ярославль, ул. Мира, 5",
    "--attempted", "20.11.2026", "--handed-over", "23.11.2026 15:20", "--words", "Отзываю согласие на обработку моих данных",
)  # fmt: skip


Run = Callable[..., tuple[Any, str, str]]


class Typed(io.TextIOWrapper):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the desk has been started once."""
    folder = tmp_path_factory.mktemp("started")
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        for name in [name for name in os.environ if name.startswith("DESK_")]:
            patch.delenv(name)
        assert cli.main(("migrate",)) == 0
    Vault.open(folder / "var" / "master.key", folder / "var" / "vault")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, started: Path) -> Run:
    """Runs a command beside a desk that has been started once; (exit code, stdout, stderr)."""
    alone(monkeypatch, tmp_path)

    def run_command(*words: str, typed: str | None = None) -> tuple[Any, str, str]:
        stdin = io.BytesIO((typed or "").encode())
        monkeypatch.setattr(sys, "stdin", Typed(stdin) if typed is not None else io.TextIOWrapper(stdin))
        return answered(words, capsys)

    shutil.copytree(started, tmp_path, dirs_exist_ok=True)
    return run_command


def test_options_say_it_all(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4")
    code, out, err = run(*PAPER, "--number", "12-P", "--file", "scan.pdf", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["number"] == 1
    assert "consent_withdrawal" in found["kinds"]
    [registered] = found["registrations"]
    assert registered["attempted_at"] == "2026-11-20T09:00:00+03:00"
    assert registered["handed_over_at"] == "2026-11-23T15:20:00+03:00"
    assert found["received_at"] == registered["came_at"] == registered["attempted_at"]
    assert (registered["number"], registered["postal"]) == ("12-P", "150000, Ярославль, ул. Мира, 5")
    assert [one["name"] for one in found["attachments"]] == ["scan.pdf"]
    assert next(one for one in found["clocks"] if one["key"] == "destroy")["due"] == "2026-12-20"


def test_the_same_key_opens_nothing_twice(run: Run) -> None:
    assert run(*PAPER, "--key", "register 12", "--json")[0] == 0
    code, _out, err = run(*PAPER, "--key", "register 12", "--json")
    assert code == 2
    assert "already" in err
    assert len(json.loads(run("tickets", "--json")[1])) == 1


def test_a_paper_letter_becomes_a_way_of_a_ticket_that_is_there(run: Run) -> None:
    run(*PAPER, "--json")
    found = json.loads(run(*PAPER[:6], "--handed-over", "19.11.2026 10:00", "--words", PAPER[-1], "--leg", "1", "--json")[1])
    assert found["number"] == 1
    assert [one["channel"] for one in found["legs"]] == ["paper", "paper"]
    assert found["received_at"] == "2026-11-19T10:00:00+03:00"
    assert next(one for one in found["clocks"] if one["key"] == "destroy")["due"] == "2026-12-19"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("open",), "What came?"),
        (("open", "paper", "--yes"), "--name"),
        ((*PAPER, "--came", "x", "--handed-over", "31.11.2026"), "no such day"),
        ((*PAPER, "--handed-over", "19.11.2026 10:00"), "cannot have been handed over"),
        ((*PAPER, "--file", "nothing.pdf"), "cannot be read"),
        ((*PAPER, "--leg", "77"), "There is no ticket № 77"),
        (("open", "incident", "--came", "20.11.2026", "--words", "leak"), "to the minute"),
        (("open", "order", "--issuer", "Суд", "--kinds", "authority_order", "--document-number", "1", "--document-date",
          "19.11.2026", "--came", "20.11.2026 10:00"), "enter its term"),
    ],
)  # fmt: skip
def test_what_is_missing_or_impossible_is_a_sentence_and_opens_nothing(run: Run, words: tuple[str, ...], why: str) -> None:
    code, _out, err = run(*words)
    assert code == 2
    assert why in err
    assert json.loads(run("tickets", "--json")[1]) == []


def test_questions_are_asked_for_what_the_options_do_not_say(run: Run) -> None:
    typed = "3\nИванова Мария\n\n\n31.11.2026\n20.11.2026 10:00\nОтзываю согласие\n\n"
    code, out, err = run("open", typed=typed)
    assert (code, out) == (0, "Ticket 1.\n")
    assert "There is no such day as 31.11.2026." in err
    found = json.loads(run("ticket", "1", "--json")[1])
    assert (found["channel"], found["received_at"]) == ("phone", "2026-11-20T10:00:00+03:00")
