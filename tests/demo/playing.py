"""The demo as a process of its own, started as `rightsdesk demo` starts it."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0


@dataclass
class Demo:
    """A running demo."""

    process: asyncio.subprocess.Process
    url: str

    async def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


@asynccontextmanager
async def demo(folder: Path, *arguments: str) -> AsyncIterator[Demo]:
    """Start the demo in a folder, wait for its address, end it."""
    folder.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "demo",
        *arguments,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = ""
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/", said)):
                line = await process.stdout.readline()
                assert line, f"the demo ended: {said}"
                said += line.decode()
        yield Demo(process, found[0])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
