"""Run the mail sandbox as a process of its own: `python -m sandbox.mail --domain operator.test`."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from sandbox.mail.controls import controls
from sandbox.mail.server import MailServer


def parse_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.mail", description=MailServer.__doc__)
    parser.add_argument("--domain", action="append", help="a domain of the sandbox, may be repeated (default: every domain)")
    parser.add_argument("--state-dir", type=Path, help="where mail outlives the process (default: in memory)")
    parser.add_argument("--password", default="sandbox", help="everybody's password")
    parser.add_argument("--listen", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--imap-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--http-port", type=int, default=0, help="of the controls under /sandbox/mail/; 0 takes a free one")
    return parser.parse_args(words)


async def serve(options: argparse.Namespace) -> None:
    """Run until SIGTERM or SIGINT; one line of JSON on standard output says where everything listens."""
    server = MailServer(options.domain or ["*"], options.state_dir, password=options.password)
    await server.start(options.listen, options.imap_port, options.smtp_port)
    app = web.Application()
    app.add_subapp("/sandbox/mail/", controls(server))
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, options.listen, options.http_port)
    await site.start()
    where = {
        "imap_port": server.imap_port,
        "smtp_port": server.smtp_port,
        "controls": f"http://{options.listen}:{runner.addresses[0][1]}/sandbox/mail/",
    }
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sys.stdout.write(json.dumps(where) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(parse_arguments(sys.argv[1:])))
