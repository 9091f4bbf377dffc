"""Debian's Chromium, driven over the DevTools protocol: enough to use a page as a person does, and to photograph it."""

import asyncio
import base64
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 30.0
# As root in a container there is no other sandbox; the page is our own and comes from loopback.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowUp": (38, ""), "ArrowDown": (40, "")}


class PageFailed(AssertionError):
    """The page did not do what was waited for, or said that something is wrong in it."""


class Tab:
    """One page. Everything is asked of the page itself, in JavaScript."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.complaints: list[str] = []
        """Errors of scripts, refused loads, violations of the content security policy."""
        self.asked: list[str] = []
        """Every address the page asked for."""

    async def listen(self) -> None:
        """Take what the browser says, until it says no more."""
        async for said in self._socket:
            message = json.loads(said.data)
            if "id" in message:
                future = self._answers.pop(message["id"], None)
                if future is not None and not future.done():
                    future.set_result(message)
            else:
                self._note(message["method"], message.get("params", {}))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning"}:
            self.complaints.append(" ".join(str(one.get("value", one.get("description"))) for one in params["args"]))
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])

    async def order(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = future
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE):
            answer = await future
        if "error" in answer:
            raise PageFailed(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def begin(self) -> None:
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.order(f"{domain}.enable")

    async def open(self, url: str) -> None:
        await self.order("Page.navigate", url=url)

    async def look(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        result = await self.order("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise PageFailed(result["exceptionDetails"].get("exception", {}).get("description", script))
        return result["result"].get("value")

    async def until(self, script: str, what: str, patience: float = PATIENCE) -> Any:
        """The first true value of an expression. Raises PageFailed with the words of the page."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not (value := await self.look(script)):
                    await asyncio.sleep(0.05)
                return value
        words = await self.look("document.body.innerText")
        raise PageFailed(f"waited in vain for {what}\n{self.complaints}\n{words}")

    # --- as a person does -----------------------------------------------------------------------------------------

    async def point(self, selector: str, words: str = "", within: str = "document") -> dict[str, float]:
        """Where the first visible element of a selector (with these words) is, brought into view, once nothing covers it."""
        find = f"""(() => {{
            const root = {within};
            const all = root ? [...root.querySelectorAll({json.dumps(selector)})] : [];
            const one = all.find((e) => e.innerText?.includes({json.dumps(words)}) && e.getClientRects().length && !e.disabled);
            if (!one) return null;
            one.scrollIntoView({{ block: "center", inline: "center" }});
            const box = one.getBoundingClientRect();
            const at = {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }};
            const top = document.elementFromPoint(at.x, at.y);
            return one.contains(top) || top?.closest("label")?.contains(one) ? at : null;
        }})()"""
        found: dict[str, float] = await self.until(find, f"{selector} {words!r}")
        return found

    async def click(self, selector: str, words: str = "", within: str = "document") -> None:
        at = await self.point(selector, words, within)
        await self.order("Input.dispatchMouseEvent", type="mouseMoved", **at)
        for kind in ("mousePressed", "mouseReleased"):
            await self.order("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    async def type(self, words: str) -> None:
        await self.order("Input.insertText", text=words)

    async def press(self, key: str) -> None:
        code, text = KEYS[key]
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            await self.order("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    async def sees(self, selector: str, words: str, what: str = "", patience: float = PATIENCE) -> None:
        """Wait until an element of the selector shows these words."""
        script = f"[...document.querySelectorAll({json.dumps(selector)})].some((e) => e.innerText.includes({json.dumps(words)}))"
        await self.until(script, what or f"{words!r} in {selector}", patience)

    async def choose_files(self, selector: str, files: list[Path]) -> None:
        root = await self.order("DOM.getDocument")
        node = await self.order("DOM.querySelector", nodeId=root["root"]["nodeId"], selector=selector)
        await self.order("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(file) for file in files])

    # --- how it looks ---------------------------------------------------------------------------------------------

    async def resize(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        await self.order(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.order("Emulation.setEmulatedMedia", features=[scheme])

    async def photograph(self, file: Path) -> None:
        shot = await self.order("Page.captureScreenshot", format="png")
        await asyncio.to_thread(file.write_bytes, base64.b64decode(shot["data"]))


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Tab]:
    """A browser with one empty page, gone at the end with all its processes."""
    assert PROGRAM, "Chromium is missing: run tests/servers/install.sh"
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *FLAGS,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = await _port(folder / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                listening = asyncio.create_task(tab.listen())
                try:
                    await tab.begin()
                    yield tab
                finally:
                    listening.cancel()
                    await asyncio.gather(listening, return_exceptions=True)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _port(file: Path) -> int:
    async with asyncio.timeout(PATIENCE):
        while not (file.exists() and file.read_text().count("\n")):
            await asyncio.sleep(0.05)
    return int(file.read_text().splitlines()[0])
