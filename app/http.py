"""The process's own small web server: /healthz, /readyz, /metrics, and whatever a channel adds (the webhook)."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web

from app import __version__

log = structlog.get_logger(__name__)

Report = Callable[[], Mapping[str, Any]]


def application(
    *, health: Report, ready: Callable[[], Awaitable[Mapping[str, Any]]], metrics: Callable[[], Awaitable[bytes]]
) -> web.Application:
    """The routes. A report is well when its "status" is "ok"; anything else answers 503.

    A process that is "degraded" is alive: no restart mends a channel, so /healthz answers 200.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return _answer(health())

    async def readyz(_request: web.Request) -> web.Response:
        return _answer(await ready())

    async def page(_request: web.Request) -> web.Response:
        try:
            body = await metrics()
        except Exception as error:  # noqa: BLE001 - a scrape is no reason to fall over
            log.warning("metrics cannot be read", error=type(error).__name__)
            return web.Response(status=503, text="The database does not answer.\n")
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", page)])
    return app


def _answer(report: Mapping[str, Any]) -> web.Response:
    body = json.dumps({**report, "version": __version__}, ensure_ascii=False, default=str)
    return web.Response(
        status=200 if report.get("status") in {"ok", "degraded"} else 503, text=body + "\n", content_type="application/json"
    )


class Server:
    """Listens until it is stopped. `port` is the real one, also when 0 was asked for."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        self._host, self._port = host, port

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the address is taken."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise

    @property
    def port(self) -> int:
        address: tuple[Any, ...] = self._runner.addresses[0]
        return int(address[1])

    async def stop(self) -> None:
        await self._runner.cleanup()
