"""The mail sandbox as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Elsewhere:
    """A sandbox in another process."""

    process: subprocess.Popen[str]
    imap_port: int
    smtp_port: int
    controls: str


@contextmanager
def sandbox_process(*words: str) -> Iterator[Elsewhere]:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.mail", *words],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield Elsewhere(process, **json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture
def mail_sandbox_elsewhere() -> Iterator[tuple[int, int]]:
    with sandbox_process("--domain", "operator.test", "--domain", "people.test") as elsewhere:
        yield elsewhere.imap_port, elsewhere.smtp_port
