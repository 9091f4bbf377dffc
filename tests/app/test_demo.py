"""The demo's story is played for real: it succeeds when every step happened, and else names the one that did not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli
from desk.errors import Permanent

ROOT = Path(__file__).resolve().parents[2]


def test_the_story_is_played_to_its_end(tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app", "demo", "--script"],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert "Every step really happened." in done.stdout
    assert "2026-12-30, due 2027-01-09" in done.stdout
    assert "Anna" in done.stdout


@pytest.fixture
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)


@pytest.mark.usefixtures("in_an_empty_folder")
def test_a_step_that_does_not_happen_ends_the_story_with_its_name(monkeypatch, capsys):
    async def lost(*_arguments: object) -> None:
        raise Permanent("No letter leaves today.")

    monkeypatch.setattr("mail.delivery.MailDelivery.send", lost)
    monkeypatch.setattr("app.demo.stage.PATIENCE", 3.0)
    monkeypatch.setattr("app.logs.set_up", lambda **_: None)
    code = cli.main(["demo", "--script"])
    told = capsys.readouterr()
    assert code == 1
    assert "2. She gets an acknowledgement with a number and a date: waited 3 s in vain" in told.err
    assert "Every step really happened." not in told.out
