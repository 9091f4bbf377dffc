"""Settings of who is who reach the desk, and the list of contacts is brought in from the command line."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.building import desk_of
from app.cli import main
from app.settings.declared import load
from app.settings.reader import SettingsError
from models import Level


def test_the_settings_reach_the_desk(tmp_path: Path) -> None:
    environment = {
        "DESK_STORAGE__DIR": str(tmp_path),
        "DESK_LAW__DISCLOSE_FROM": "staff",
        "DESK_STAFF__CODE_HOURS": "2",
        "DESK_STAFF__CODE_TRIES": "4",
        "DESK_STAFF__CODES_PER_DAY": "7",
    }
    desk = desk_of(load(environment))
    assert desk.disclose_from is Level.STAFF
    assert (desk.codes.life, desk.codes.tries, desk.codes.per_day) == (timedelta(hours=2), 4, 7)


def test_without_settings_personal_data_leave_from_a_code_on(tmp_path: Path) -> None:
    assert desk_of(load({"DESK_STORAGE__DIR": str(tmp_path)})).disclose_from is Level.CODE


def test_that_everybody_may_get_everything_cannot_be_set() -> None:
    with pytest.raises(SettingsError):
        load({"DESK_LAW__DISCLOSE_FROM": "said"})


def test_contacts_are_brought_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_STORAGE__DIR", str(tmp_path))
    assert main(["migrate"]) == 0
    capsys.readouterr()
    (tmp_path / "list.csv").write_bytes("ФИО;Почта\nПетрова Анна;anna@mail.ru\n".encode("cp1251"))
    assert main(["contacts", "list.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"found": 1, "new": 1}
    assert main(["contacts", "list.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"found": 1, "new": 0}
    assert main(["contacts", "nowhere.csv"]) == 2
