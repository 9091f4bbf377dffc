"""What every test server needs: a private folder, a plain account, ports, and an end that always comes.

Servers run as the plain user who runs the tests, or as `nobody` when that is root. A small helper process
(reaper.py) ends them and removes their folder even when the tests are killed with SIGKILL; should it be killed too,
the next run clears what is left (`sweep`).
"""

import contextlib
import fcntl
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from tests.servers import reaper

PREFIX = "rightsdesk-tests-"
PATIENCE = 30.0
"""Seconds to wait for a server to start or stop before the test run fails with a sentence."""


class ServerError(Exception):
    """A test server is missing or did not do as told; the text says which and what to do."""


@dataclass(frozen=True)
class Account:
    """Who the servers run as."""

    user: str
    uid: int
    gid: int


def plain_account() -> Account:
    """The user who runs the tests, or `nobody` when that is root (PostgreSQL and Dovecot refuse root)."""
    import pwd

    entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def find_program(purpose: str, *candidates: str) -> str:
    """The first of these programs that is there.

    Raises ServerError naming what to run when none is.
    """
    for candidate in candidates:
        if candidate and (found := shutil.which(candidate)):
            return found
    raise ServerError(f"{purpose} is not installed: run tests/servers/install.sh")


def free_port() -> int:
    """A free TCP port on loopback, outside the range the kernel hands to clients, so that it stays free for a restart."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise ServerError("no free TCP port was found between 20000 and 32000")


def answers(port: int, greeting: bytes = b"") -> bool:
    """Whether something on that loopback port accepts a connection and, when given, greets with these bytes."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(len(greeting)) == greeting if greeting else True
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Return when the condition holds; ServerError with `what` when it does not in time."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise ServerError(f"after {patience:g} s still waiting for {what}")
        time.sleep(0.02)


def temporary_root() -> Path:
    """The temporary folder, when the plain account can enter it; else /tmp."""
    root = Path(tempfile.gettempdir()).resolve()
    open_to_all = all(folder.stat().st_mode & 0o001 for folder in (root, *root.parents))
    return root if open_to_all or os.geteuid() != 0 else Path("/tmp")


def lock_folder(folder: Path) -> IO[str]:
    """Mark a folder as in use for as long as the returned file stays open in this process."""
    handle = (folder / ".lock").open("w")
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def abandoned(folder: Path) -> bool:
    """Whether the process that made this folder is gone (the kernel drops its lock with it)."""
    try:
        with (folder / ".lock").open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        # Either being made at this very moment, or killed between two system calls an hour ago.
        return time.time() - folder.stat().st_mtime > 3600
    except OSError:
        return False
    return True


def sweep(root: Path) -> None:
    """End servers and remove folders that a killed run (and its killed reaper) left behind."""
    for folder in root.glob(f"{PREFIX}{os.geteuid()}-*"):
        with contextlib.suppress(FileNotFoundError):
            if abandoned(folder):
                kill_all([member for process in processes_of(folder) for member in family_of(process)])
                shutil.rmtree(folder, ignore_errors=True)


def family_of(process: psutil.Process) -> list[psutil.Process]:
    """A process and its children at any depth; only itself when it is gone meanwhile."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return [process]


def kill_all(processes: Sequence[psutil.Process]) -> None:
    """End them with SIGKILL and wait until they are gone."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            process.kill()
    wait_until(lambda: not any(map(alive, processes)), "processes to end after SIGKILL")


def processes_of(folder: Path) -> Iterator[psutil.Process]:
    """Processes started with that folder on their command line."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or ()):
            yield process


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that its parent has not yet collected does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Workspace:
    """A private folder with the processes that live in it; closing it ends them and removes it."""

    def __init__(self) -> None:
        root = temporary_root()
        sweep(root)
        self.account = plain_account()
        self.path = root / f"{PREFIX}{os.geteuid()}-{secrets.token_hex(4)}"
        self.path.mkdir(mode=0o755)
        self._lock = lock_folder(self.path)
        self._reaper = subprocess.Popen(
            [sys.executable, "-I", str(Path(reaper.__file__).resolve())],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._processes: list[psutil.Popen] = []
        self._tell(f"folder {self.path}")

    def _tell(self, line: str) -> None:
        assert self._reaper.stdin is not None
        self._reaper.stdin.write(line + "\n")
        self._reaper.stdin.flush()

    def folder(self, *names: str, mode: int = 0o700) -> Path:
        """A folder that belongs to the plain account; made with its parents."""
        path = self.path
        for name in names:
            path /= name
            if not path.exists():
                path.mkdir()
                path.chmod(mode)
                self.own(path)
        return path

    def own(self, path: Path) -> Path:
        """Give a path to the plain account."""
        if os.geteuid() == 0:
            os.chown(path, self.account.uid, self.account.gid)
        return path

    def write(self, path: Path, text: str, mode: int = 0o600) -> Path:
        """Put a file in place whole (readers see the old or the new one), owned by the plain account."""
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8")
        new.chmod(mode)
        self.own(new).replace(path)
        return path

    def run(self, command: Sequence[str | Path], *, check: bool = True, patience: float = PATIENCE) -> str:
        """Run a program to its end as the plain account; its output, or ServerError with the output when it fails."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.path,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=patience,
            check=False,
            text=True,
            errors="replace",
            **self._identity(),
        )
        if check and done.returncode:
            raise ServerError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def spawn(self, command: Sequence[str | Path], log: Path, stop_signal: int) -> psutil.Popen:
        """Start a server as the plain account, its output appended to `log`; the reaper knows it from then on."""
        with log.open("a") as output:
            process = psutil.Popen(
                [str(word) for word in command],
                cwd=self.path,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._identity(),
            )
        self._processes.append(process)
        self._tell(f"process {process.pid} {reaper.created(process.pid) or 0} {int(stop_signal)}")
        return process

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.path), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _identity(self) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}

    def close(self) -> None:
        """End what still runs and remove the folder."""
        if self._reaper.poll() is None:
            self._reaper.communicate(timeout=PATIENCE)
        for process in self._processes:
            process.wait(timeout=PATIENCE)
        self._lock.close()


class Server:
    """One server process of a workspace: start, stop, kill, pause, and start again with the same data."""

    name = "server"
    stop_signal: int = signal.SIGTERM
    stops_its_children = True
    """Whether its main process ends the others; if not, each is told."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.process: psutil.Popen | None = None
        self.home = workspace.folder(self.name)
        self.log = workspace.path / f"{self.name}.log"

    def command(self) -> Sequence[str | Path]:
        raise NotImplementedError

    def ready(self) -> bool:
        raise NotImplementedError

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers. Does nothing when it runs."""
        if self.running:
            return
        self.process = self.workspace.spawn(self.command(), self.log, self.stop_signal)
        try:
            wait_until(self._ready_or_dead, f"{self.name} to answer")
        except ServerError as error:
            raise ServerError(f"{error}; its log:\n{self.log_tail()}") from None
        if not self.running:
            raise ServerError(f"{self.name} ended as soon as it was started; its log:\n{self.log_tail()}")

    def _ready_or_dead(self) -> bool:
        return not self.running or self.ready()

    def stop(self) -> None:
        """End it cleanly, connections included, and wait for that."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it and every child at once with SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        self.resume()
        family = self._family()
        led = self.stops_its_children and number != signal.SIGKILL
        for process in family[:1] if led else family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        with contextlib.suppress(ServerError):
            wait_until(lambda: not any(map(alive, family)), f"{self.name} to end", PATIENCE / 3)
        kill_all(family)
        self.process.wait()
        self.process = None

    def pause(self) -> None:
        """Freeze it: connections are accepted by the kernel and never answered, as with a hung machine."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def resume(self) -> None:
        """Let a paused server go on."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def _family(self) -> list[psutil.Process]:
        return [] if self.process is None else family_of(self.process)

    def log_tail(self, lines: int = 40) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"
