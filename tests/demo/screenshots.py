"""Takes the pictures of the README: `make screenshots`. Plays the demo's story in the browser and photographs it."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.demo.browser import Tab, browser
from tests.demo.playing import ROOT, demo

FOLDER = ROOT / "docs" / "screenshots"
REPLY = "Здравствуйте, Анна Павловна! Рассылка остановлена сегодня, остальные данные уничтожим и пришлём подтверждение."
NOTE = "Заказ № 10482 закрыт, гарантия кончилась: можно удалять."


async def _be(tab: Tab, pane: str, name: str) -> None:
    await tab.click(f"{pane} .person[title^='{name}']")


async def _story(tab: Tab) -> None:
    await tab.click("#example-withdrawal")
    await tab.sees(".letter-subject", "Withdrawal Statement")
    await tab.sees(".topic-name", "№ 1")
    await tab.click("#example-claim")
    await tab.sees(".topic-name", "№ 2")
    await _be(tab, ".requester", "Mary")
    await tab.click(".suggestion")
    await tab.sees(".requester .theirs", "№ 3")
    # Topics move as messages come; nobody taps in a list that moves.
    await tab.sees(".topic", "Mary")
    await tab.sees(".timeline .queue", "nothing waits")
    await tab.click(".topic", "№ 1")
    await tab.sees(".staff .message", "отзываю")
    await tab.click(".staff .composer textarea")
    await tab.type(NOTE)
    await tab.press("Enter")
    await tab.sees(".staff .mine", "можно удалять")
    words = "[...document.querySelectorAll('.staff .message.theirs')].find((e) => e.innerText.includes('отзываю'))"
    await tab.look(f"{words}.querySelector('.bubble').click()")
    await tab.sees(".about-words", "Анна Смирнова")
    await tab.type(REPLY)
    await tab.press("Enter")
    await tab.sees(".staff .mine .answered", "")
    await _be(tab, ".mail", "Анна")
    await tab.until("document.querySelectorAll('.letter-row').length === 2", "the answer")
    await tab.click(".letter-row")
    await tab.sees(".letter-text", "Рассылка остановлена")


async def _photograph(tab: Tab, name: str) -> None:
    # Pictures are taken when nothing moves any more.
    await tab.look("document.querySelectorAll('.toast').forEach((one) => one.click())")
    await asyncio.sleep(0.6)
    await tab.look("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0))).then(() => 1)")
    await tab.photograph(FOLDER / f"{name}.png")
    print(name)


async def take() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with demo(Path(folder) / "demo") as running, browser(Path(folder) / "browser") as tab:
            await tab.resize(1280, 800)
            await tab.open(running.url)
            await tab.until("!!document.querySelector('.panes')", "the page")
            await tab.click(".languages button", "EN")
            await _story(tab)
            await _everything(tab)


async def _everything(tab: Tab) -> None:
    await _photograph(tab, "page")
    await tab.resize(1280, 800, dark=True)
    await _photograph(tab, "page-dark")
    await tab.resize(1280, 800)
    await tab.click("#faults")
    await tab.click("#break-telegram")
    await tab.sees(".broken-one", "Telegram")
    await tab.press("Escape")
    await tab.click("#example-access")
    await tab.sees(".timeline .out.waiting", "topic")
    await _photograph(tab, "faults")
    await tab.click(".broken-one button")
    await tab.until("!document.querySelector('.broken-one')", "the fault to be gone")
    await tab.click(".steps button", "+1 hour")
    await tab.sees(".topic-name", "№ 4")
    await tab.sees(".timeline .queue", "nothing waits")
    await tab.click("#clock")
    await _photograph(tab, "clock")
    await tab.click(".clock-panel .item", "Past the next date")
    await tab.click(".guide button", "See the alarm")
    await tab.sees(".staff .message", "🔴")
    await tab.sees(".timeline .queue", "nothing waits")
    await _photograph(tab, "overdue")
    for name, words in (("requester", "Requester"), ("staff", "Staff"), ("mail", "Mail"), ("desk", "Desk")):
        await tab.resize(390, 844, phone=True, dark=name == "staff")
        await tab.click(".bottom-tabs button", words)
        if name == "staff":
            await tab.click(".group-main .only-small")
            await tab.click(".topic", "№ 1")
        await _photograph(tab, f"phone-{name}")


if __name__ == "__main__":
    sys.exit(asyncio.run(take()))
