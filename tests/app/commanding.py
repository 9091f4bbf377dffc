"""Calls commands of the desk in this process, in a folder and an environment of their own."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app import cli


def alone(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Work in `folder`, in English, with no setting from outside."""
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("DESK_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


def answered(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[Any, str, str]:
    """What a command answers: exit code, stdout, stderr."""
    code: Any
    try:
        code = cli.main(words)
    except SystemExit as stopped:
        code = stopped.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err
