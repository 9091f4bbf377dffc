"""The demo's page in a real browser: the first five minutes, and what a stranger or a failure may do to it."""

import json
from pathlib import Path

import pytest

from tests.demo.browser import Tab
from tests.demo.playing import Demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

REPLY = "Здравствуйте, Анна Павловна! Рассылка остановлена, данные уничтожим и пришлём подтверждение."
# The newest message of a requester that the bot posted in the open topic.
WORDS = "[...document.querySelectorAll('.staff .message.theirs')]"


async def be(tab: Tab, pane: str, name: str) -> None:
    await tab.click(f"{pane} .person[title^='{name}']")


async def test_a_newcomer_withdraws_answers_moves_the_clock_and_sees_the_alarm(tab: Tab) -> None:
    # A letter of one's own, written in the mailbox.
    await be(tab, ".mail", "Анна")
    await tab.click(".mail-bar .primary", "Write")
    await tab.click(".compose input[name=subject]")
    await tab.type("Withdrawal Statement")
    await tab.click(".compose textarea")
    await tab.type("Отзываю согласие на обработку моих персональных данных. Смирнова Анна Павловна, заказ № 10482.")
    await tab.click(".compose-bar .primary", "Send")
    await tab.sees(".letter-subject", "Withdrawal Statement", "the acknowledgement in the inbox")
    await tab.click(".letter-row")
    await tab.sees(".letter-text", "№ 1")
    await tab.sees(".guide .current", "Open its topic")

    # The same by Telegram, from somebody else, in English.
    await be(tab, ".requester", "John")
    await tab.click(".wide-button button", "START")
    await tab.until("document.querySelectorAll('.requester .theirs .key').length > 2", "the menu with its buttons")
    await tab.click(".requester .composer textarea")
    await tab.type("I withdraw my consent to the processing of my personal data. Please stop it.")
    await tab.press("Enter")
    await tab.sees(".requester .theirs", "№ 2")

    # Topics move as messages come; nobody taps in a list that moves.
    await tab.sees(".topic", "John Smith")
    await tab.sees(".timeline .queue", "nothing waits")
    # Staff: the topic, its pinned card, a note, a reply to the requester's words.
    await tab.click(".topic", "№ 1")
    await tab.sees(".pinned-words", "№ 1")
    await tab.sees(".staff .message", "Отзываю согласие")
    await tab.click(".staff .composer textarea")
    await tab.type("Заказ закрыт, можно удалять.")
    await tab.press("Enter")
    await tab.sees(".staff .mine", "можно удалять")
    await tab.until(f"{WORDS}.find((e) => e.innerText.includes('Отзываю согласие')).querySelector('.bubble').click() || true", "")
    await tab.sees(".about-words", "Отзываю согласие")
    await tab.sees(".composer .hint", "This goes to the requester")
    await tab.type(REPLY)
    await tab.press("Enter")
    await tab.sees(".staff .mine .answered", "Rights desk")
    await tab.click(".reading-bar button")
    await tab.until("document.querySelectorAll('.letter-row').length === 2", "the answer in Anna's mailbox")
    await tab.click(".letter-row")
    await tab.sees(".letter-text", "Рассылка остановлена")
    assert "можно удалять" not in await tab.look("document.querySelector('.reading').innerText")
    await tab.click(".reading [role=tab]", "HTML")
    frame = "document.querySelector('.letter-html')"
    assert await tab.until(f"{frame}?.getAttribute('sandbox') === ''", "the letter in a frame without rights")
    await tab.click(".reading [role=tab]", "Headers")
    await tab.sees(".letter-headers", "Message-ID")

    # Time goes by.
    await tab.click("#clock")
    await tab.click(".clock-panel .item", "To the next thing due")
    await tab.sees(".timeline .source", "The clock")
    await tab.click("#clock")
    await tab.sees(".clock-panel", "Time goes forward only")
    await tab.click(".clock-panel .item", "Past the next date of the law")
    await tab.click(".guide button", "See the alarm")
    await tab.sees(".staff .message", "🔴")
    await tab.sees(".guide-done", "nothing lost")
    # The alarm's link into the group opens here, not on the network.
    alarm = f"{WORDS}.find((e) => e.innerText.includes('🔴') && e.innerText.includes('№ 1'))"
    await tab.until(f"{alarm}?.querySelector('.key')?.click() === undefined && {alarm} !== undefined", "the alarm of № 1")
    await tab.sees(".staff .chat-title", "№ 1")


async def test_what_strangers_write_is_shown_and_never_run(tab: Tab, running: Demo) -> None:
    evil = "<img src=x onerror=window.hurt=1><script>window.hurt=1</script>"
    world = await tab.look("fetch('sandbox').then((r) => r.json())")
    mallory = next(one["id"] for one in world["people"] if one["first_name"] == "Mallory")
    await tab.look(
        post(
            "sandbox/act/say",
            {
                "person": mallory,
                "text": evil,
                "entities": [{"type": "text_link", "offset": 0, "length": 9, "url": "javascript:hurt=1"}],
            },
        )
    )
    await tab.look(
        post(
            "sandbox/act/send",
            {"person": mallory, "kind": "document", "data": "PHNjcmlwdD4=", "name": f"{evil}.html", "mime_type": "text/html"},
        )
    )
    letter = {"from": f'"{evil}" <mallory@forgers.example>', "to": ["anna@people.example"], "subject": evil, "text": evil}
    await tab.look(
        post("page/letters", letter | {"html": f"<p>in the letter</p>{evil}<img src='http://evil.example/pixel.png'>"})
    )
    await be(tab, ".requester", "Mallory")
    await tab.sees(".requester .message", evil)
    await tab.sees(".requester .file-name", ".html")
    await be(tab, ".mail", "Анна")
    await tab.sees(".letter-subject", evil)
    await tab.click(".letter-row", evil)
    await tab.sees(".letter-text", evil)
    await tab.click(".reading [role=tab]", "HTML")
    await tab.until("!!document.querySelector('iframe.letter-html')", "the frame")
    page = await tab.look("fetch(document.querySelector('iframe').src).then((r) => r.headers.get('Content-Security-Policy'))")
    assert page.startswith("sandbox; default-src 'none'")
    assert await tab.look("window.hurt") is None
    assert not await tab.look("[...document.querySelectorAll('a')].some((a) => a.href.startsWith('javascript'))")
    # The browser tells what the policy kept out of the letter: that is as it should be.
    tab.complaints[:] = [one for one in tab.complaints if "Content Security Policy" not in one and "sandboxed" not in one]
    tab.asked[:] = [url for url in tab.asked if url != "http://evil.example/pixel.png"]


async def test_a_broken_telegram_is_seen_and_nothing_is_lost(tab: Tab) -> None:
    await tab.click("#faults")
    await tab.click("#break-telegram")
    await tab.sees(".broken-one", "Telegram")
    await tab.press("Escape")
    await tab.click("#example-claim")
    await tab.sees(".queue.waits", "waiting; nothing is lost")
    await tab.sees(".timeline .out.waiting", "topic")
    await tab.click(".broken-one button", "Mend")
    await tab.until("!document.querySelector('.broken-one')", "the fault to be gone")
    await tab.click(".steps button", "+1 hour")
    await tab.sees(".topic-name", "claim", "the claim's topic after all")
    await tab.until("!document.querySelector('.queue.parked')", "nothing parked")


async def test_everything_can_be_done_by_keyboard(tab: Tab) -> None:
    await be(tab, ".requester", "Пётр")
    await tab.click(".requester .pane-head h2")
    seen = []
    for _ in range(60):
        await tab.press("Tab")
        seen.append(await tab.look("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || ''"))
        if await tab.look("document.activeElement.matches('.requester .log')"):
            break
    assert await tab.look("document.activeElement.matches('.requester .log')"), seen
    await tab.until("getComputedStyle(document.activeElement).outlineStyle === 'solid'", "the focus to be seen")
    await tab.click("#clock")
    await tab.sees(".clock-panel", "To the next thing due")
    await tab.press("Escape")
    await tab.until(
        "!document.querySelector('.clock-panel') && document.activeElement.id === 'clock'", "the panel closed by Escape"
    )


async def test_files_go_both_ways(tab: Tab, tmp_path: Path) -> None:
    files = [tmp_path / "заявление.txt", tmp_path / "копия.txt"]
    for file in files:
        file.write_text("Прошу уничтожить мои данные.")
    await be(tab, ".requester", "Mary")
    if await tab.look("!!document.querySelector('.requester .wide-button')"):
        await tab.click(".requester .wide-button button")
        await tab.until("document.querySelectorAll('.requester .theirs .key').length > 2", "the menu")
    await tab.choose_files(".requester .composer input[type=file]", files)
    await tab.sees(".requester .chip", "заявление.txt")
    await tab.click(".requester .composer textarea")
    await tab.type("Please delete my personal data, the form is attached.")
    await tab.press("Enter")
    await tab.sees(".requester .mine .file-name", "копия.txt")
    await tab.sees(".timeline .source", "from Telegram")
    await tab.until("document.querySelectorAll('.timeline .out.sent').length > 2", "the ticket's way")
    await tab.click(".timeline .link", "Ticket")
    await tab.sees(".staff .file-name", "заявление.txt", "the file in the staff group")


async def test_edits_taps_deletions_and_blocks_look_as_in_telegram(tab: Tab) -> None:
    await be(tab, ".requester", "Анна")
    await tab.click(".requester .wide-button button", "START")
    await tab.until("document.querySelectorAll('.requester .theirs .key').length > 2", "the menu")
    await tab.click(".requester .theirs .key", "Отозвать")
    await tab.until("!document.querySelector('.requester .keyboard.busy')", "the answer to the tap")
    await tab.click(".requester .composer textarea")
    await tab.type("Смирнова Ана")
    await tab.press("Enter")
    mine = "[...document.querySelectorAll('.requester .mine')].find((e) => e.innerText.includes('Смирнова'))"
    await tab.until(f"{mine}?.querySelector('.bubble').click() === undefined && !!{mine}", "her message")
    await tab.click(".own-message button", "Edit")
    await tab.until("document.querySelector('.requester textarea').value === 'Смирнова Ана'", "the words to be edited")
    await tab.look("document.querySelector('.requester textarea').select()")
    await tab.type("Смирнова Анна")
    await tab.press("Enter")
    await tab.until(f"{mine}?.innerText.includes('edited') && {mine}.innerText.includes('Анна')", "the edit")
    await tab.look(f"{mine}.querySelector('.bubble').click()")
    await tab.click(".own-message button", "Delete")
    await tab.until(f"!{mine}", "the message to be gone")
    await tab.click(".requester .chat-head .popover button")
    await tab.click(".item", "block")
    await tab.sees(".blocked-note", "You have blocked this bot")
    await tab.click(".requester .wide-button button", "RESTART")
    await tab.until("!document.querySelector('.blocked-note')", "the bot let in again")


async def test_on_a_phone_the_panes_are_tabs_and_nothing_is_wider_than_the_screen(tab: Tab) -> None:
    await tab.resize(390, 844, phone=True)
    for name in ("Requester", "Staff", "Mail", "Desk"):
        await tab.click(".bottom-tabs button", name)
        await tab.until(f"document.querySelector('.bottom-tabs [aria-selected=true]').innerText.startsWith('{name}')", name)
        await tab.until("document.documentElement.scrollWidth <= innerWidth", "nothing wider than the screen")
    hidden = "[...document.querySelectorAll('.pane')].every((e) => getComputedStyle(e).display === 'none')"
    await tab.until(hidden, "only the desk to be seen")


async def test_the_page_speaks_russian(tab: Tab) -> None:
    await tab.click(".languages button", "RU")
    await tab.sees(".guide", "Отправить отзыв согласия")
    await tab.until("document.documentElement.lang === 'ru'", "the page's language")
    await tab.click(".languages button", "EN")


def post(path: str, body: dict[str, object]) -> str:
    """A request of the page, as JavaScript."""
    options = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
    return f"fetch({json.dumps(path)}, {json.dumps(options)}).then(async (r) => {{ if (!r.ok) throw new Error(await r.text()); return r.json(); }})"
