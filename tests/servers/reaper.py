"""Ends servers and removes their folders when the test process is gone, however it went.

Run as a child whose standard input is a pipe held by the test process; lines come in as they happen:

    process PID CREATED SIGNAL   this server belongs to the test process; SIGNAL ends it cleanly
    folder PATH                  remove at the end

At end of file (a normal exit, an exception and a SIGKILL look the same) everything named is ended and removed.
Only the standard library is used, so that it starts fast and with `python -I`.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATIENCE = 5.0
"""Seconds a server gets to end cleanly before it is killed."""


def created(pid: int) -> str:
    """The start time of a process in clock ticks since boot, or "" when it is gone (or a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def descendants(pid: int) -> list[int]:
    """Children first found, at any depth."""
    try:
        direct = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return direct + [deeper for child in direct for deeper in descendants(child)]


def end_all(processes: list[tuple[int, str, int]]) -> None:
    alive = [(pid, born, number) for pid, born, number in processes if born and created(pid) == born]
    family = {child: created(child) for pid, _, _ in alive for child in descendants(pid)}
    family |= {pid: born for pid, born, _ in alive}
    for pid, _, number in alive:
        send(pid, signal.SIGCONT)
        send(pid, number)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(created(pid) == born for pid, born in family.items()):
        time.sleep(0.02)
    for pid, born in family.items():
        if created(pid) == born:
            send(pid, signal.SIGKILL)


def main() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    processes, folders = [], []
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "process":
            pid, born, number = rest.split()
            processes.append((int(pid), born, int(number)))
        elif word == "folder":
            folders.append(rest)
    end_all(processes)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
