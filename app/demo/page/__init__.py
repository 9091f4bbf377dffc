"""The demo's page: the sandbox's page with the desk's time, timeline and examples, on one loopback address."""

from types import TracebackType
from typing import Final, Self, TextIO

from app.demo.page.hooks import DeskHooks
from app.demo.world import World
from app.http import Server
from app.service import Service
from app.speech import said
from app.timepiece import MovableTimepiece
from sandbox.page import application

PORT: Final = 8090


class Page:
    """Listens on loopback while the demo runs; takes another port when its own is taken."""

    def __init__(self, world: World, service: Service, timepiece: MovableTimepiece) -> None:
        self._world, self._service = world, service
        self._hooks = DeskHooks(world, service, timepiece)
        self._server = self._listening_on(PORT)

    def _listening_on(self, port: int) -> Server:
        return Server(application(self._world.telegram, self._world.mail, self._hooks), "127.0.0.1", port)

    async def __aenter__(self) -> Self:
        try:
            await self._server.start()
        except OSError:
            self._server = self._listening_on(0)
            await self._server.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    async def introduce(self, out: TextIO) -> None:
        """Say, once the desk serves, where the page is."""
        await self._service.started.wait()
        told = said("The desk runs. Open %(url)s/\n\nCtrl-C ends it; the next start goes on from here.", url=self.url)
        out.write(f"\n{told}\n")
        out.flush()
