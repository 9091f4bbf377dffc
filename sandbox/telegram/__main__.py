"""Run the local Telegram as a process of its own, until SIGINT or SIGTERM."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox.telegram.server import DEMO_TOKEN, TelegramServer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.telegram", description="A local Telegram Bot API server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one; the address is printed")
    parser.add_argument("--token", action="append", help=f"token of a bot; may be given again (default: {DEMO_TOKEN})")
    parser.add_argument("--state", type=Path, help="directory that keeps the world across restarts")
    parser.add_argument("--limits", action="store_true", help="answer 429 when a bot sends too much")
    parser.add_argument("--strict", action="store_true", help="refuse calls that do not fit the Bot API")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    server = TelegramServer(
        arguments.token or DEMO_TOKEN,
        enforce_limits=arguments.limits,
        refuse_violations=arguments.strict,
        state_dir=arguments.state,
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await server.start(arguments.host, arguments.port)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
