"""The generated tables: every setting in both languages, every metric, and a check that notices when they are old."""

import tomllib
from pathlib import Path

import pytest

from app import documents
from app.documents import MEANINGS_RU, PARTS, main, metrics_of, name_of, settings_table, settings_table_ru, written
from app.metrics import Metrics
from app.settings.declared import Settings
from app.settings.reader import variable, walk

SETTINGS = [path for path, _, _ in walk(Settings)]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[0].name)
def test_the_documents_have_the_tables_of_the_code(part: tuple) -> None:
    path, table, begin, end = part
    text = path.read_text(encoding="utf-8")
    assert written(text, table, begin, end) == text


@pytest.mark.parametrize("table", [settings_table, settings_table_ru])
def test_every_setting_is_in_the_table_with_its_variable(table) -> None:
    rows = table().splitlines()[2:]
    assert [row.split(" | ")[1].strip("`") for row in rows] == [variable(path) for path in SETTINGS]
    assert all(row.count(" | ") == 3 and not row.endswith("|  |") for row in rows)


def test_no_secret_has_a_default_and_names_are_those_of_the_toml_file() -> None:
    assert {"mailboxes[].imap_url", "telegram.token", "http.listen"} <= {name_of(path) for path in SETTINGS}


def test_a_setting_without_russian_words_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    meanings = tomllib.loads(MEANINGS_RU.read_text(encoding="utf-8"))
    del meanings["telegram.token"]
    file = tmp_path / "settings.ru.toml"
    file.write_text("\n".join(f'"{name}" = {words!r}' for name, words in {**meanings, "law.gone": "нет"}.items()))
    monkeypatch.setattr(documents, "MEANINGS_RU", file)
    with pytest.raises(ValueError, match=r"law\.gone, telegram\.token"):
        settings_table_ru()


def test_the_check_fails_on_an_old_table_and_writing_mends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = []
    for path, table, begin, end in PARTS:
        copy = tmp_path / path.name
        before, mark, after = path.read_text(encoding="utf-8").partition(begin)
        copy.write_text(before + mark + after.replace("| `", "| `old.", 1), encoding="utf-8")
        parts.append((copy, table, begin, end))
    monkeypatch.setattr(documents, "PARTS", tuple(parts))
    assert main(["check"]) == 1
    said = capsys.readouterr().err
    assert all(part[0].name in said for part in PARTS)
    assert main(["write"]) == 0
    assert main(["check"]) == 0
    assert main(["frobnicate"]) == 2


def test_every_metric_has_its_labels() -> None:
    found = metrics_of(Metrics)
    assert found["rightsdesk_inbound_rows"] == {"channel", "state"}
    assert found["rightsdesk_inbound_stored_total"] == set()
    assert found["rightsdesk_loop_alive"] == {"loop"}
