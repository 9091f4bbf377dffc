"""Every method the desk calls x every fault, each also with the answer lost after the deed: nothing lost, no orphan, no double unsaid."""

import ast
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiogram.methods
import pytest

from models import Outbox, OutboxState, Ticket
from tests.bot.bench import Bench, picture, words

ROOT = Path(__file__).parents[2]
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "500": ("refuse", {"status": 500, "description": "Internal Server Error"}),
    "502": ("error", {"status": 502}),
    "429": ("flood", {"retry_after": 3}),
    "time-out": ("timeout", {}),
    "cut": ("cut", {}),
}
# 429 is said before a deed, never after it.
AFTER = {f"{name}, done": (kind, more | {"done": True}) for name, (kind, more) in FAULTS.items() if name != "429"}
SENT_AS = {
    "sendPhoto": "photo",
    "sendVoice": "voice",
    "sendAudio": "audio",
    "sendVideo": "video",
    "sendAnimation": "animation",
    "sendVideoNote": "video_note",
    "sendSticker": "sticker",
    "sendDocument": "document",
}
# How it is polled and set up; tests of polling and of the doctor hold these.
ELSEWHERE = {"getUpdates", "setWebhook", "deleteWebhook", "getChat", "getMe", "getWebhookInfo"}


def methods() -> set[str]:
    """The methods of the Bot API that the code of the bot names."""
    found = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "aiogram.methods":
                kinds = (getattr(aiogram.methods, one.name) for one in node.names)
                found |= {one.__api_method__ for one in kinds if isinstance(getattr(one, "__api_method__", None), str)}
    return found


async def asks(bench: Bench) -> None:
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")


async def asks_with_file(bench: Bench) -> None:
    bench.people.send(bench.anna, "document", b"%PDF-1.4 one", name="письмо.pdf", caption="Прошу посмотреть моё письмо")


async def asks_with_album(bench: Bench) -> None:
    items = [{"kind": "photo", "data": picture(one)} for one in (1, 2)]
    items[0]["caption"] = "Прошу посмотреть мои снимки"
    bench.people.send_album(bench.anna, items)


async def answered(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "Посмотрели, всё в порядке", chat=bench.group, topic=topic, reply_to=await bench.card())


def answered_by(kind: str) -> Callable[[Bench], Awaitable[None]]:
    async def scene(bench: Bench) -> None:
        topic, card = await bench.anna_asks(), await bench.card()
        bench.people.send(bench.boris, kind, picture(1), chat=bench.group, topic=topic, reply_to=card)

    return scene


async def answered_by_album(bench: Bench) -> None:
    topic, card = await bench.anna_asks(), await bench.card()
    items = [{"kind": "photo", "data": picture(one)} for one in (1, 2)]
    bench.people.send_album(bench.boris, items, chat=bench.group, topic=topic, reply_to=card)


async def noted(bench: Bench) -> None:
    bench.people.say(bench.boris, "/note звонил клиент", chat=bench.group, topic=await bench.anna_asks())


async def closed(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.say(bench.boris, "/close вопрос решён", chat=bench.group, topic=topic)


async def opened_again(bench: Bench) -> None:
    await closed(bench)
    await bench.run()
    await bench.later(seconds=30)
    assert (await bench.ticket()).status == "closed"
    bench.people.say(bench.clara, "/reopen", chat=bench.group, topic=await bench.topic())


async def tapped(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)


async def introduced(bench: Bench) -> None:
    await bench.telegram.introduce(bench.now())


async def stranger(bench: Bench) -> None:
    group = bench.world.add_group("Чужая", forum=False, owner=bench.mallory, members=[], bot=None)
    bench.people.add_bot(group, person=bench.mallory, rights=None)


async def newcomer_acts(bench: Bench) -> None:
    """Of whose membership the desk knows nothing yet."""
    topic = await bench.anna_asks()
    bench.people.say(bench.clara, "/take", chat=bench.group, topic=topic)


SCENES: dict[str, Callable[[Bench], Awaitable[None]]] = {
    **{method: answered_by(kind) for method, kind in SENT_AS.items()},
    "createForumTopic": asks,
    "sendMessage": asks,
    "pinChatMessage": asks,
    "getForumTopicIconStickers": asks,
    "deleteMessage": asks,
    "copyMessage": asks_with_file,
    "getFile": asks_with_file,
    "copyMessages": asks_with_album,
    "sendMediaGroup": answered_by_album,
    "setMessageReaction": noted,
    "closeForumTopic": closed,
    "editMessageText": closed,
    "editForumTopic": closed,
    "reopenForumTopic": opened_again,
    "answerCallbackQuery": tapped,
    "setMyCommands": introduced,
    "leaveChat": stranger,
    "getChatMember": newcomer_acts,
}
# Only in places that other tests of these rooms stage: parts of an album that are gone, erased tickets, lost cards.
STAGED = {"deleteMessages", "deleteForumTopic", "forwardMessage"}


def test_every_method_in_the_code_has_its_scene() -> None:
    assert methods() - ELSEWHERE - STAGED == set(SCENES)


@pytest.fixture
def back_end() -> str:
    """What Telegram does is the same for both."""
    return "sqlite"


@pytest.mark.parametrize("fault", [*FAULTS, *AFTER])
@pytest.mark.parametrize("method", SCENES)
async def test_a_fault_loses_nothing_and_doubles_nothing_unsaid(
    bench: Bench, method: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in ("bot.calls.TIMEOUT", "bot.calls.UPLOAD_TIMEOUT", "bot.postings.media.UPLOAD_TIMEOUT", "bot.members.TIMEOUT"):
        monkeypatch.setattr(where, 1, raising=False)
    bench.telegram.bot.session.timeout = 1
    kind, more = (FAULTS | AFTER)[fault]
    struck = bench.server.faults.add(kind, method=method, times=1, **more)
    if method == "sendMessage":
        struck.times = 3
    await SCENES[method](bench)
    await bench.run()
    for _ in range(12):
        if not await Outbox.filter(state=OutboxState.WAITING).exists():
            break
        bench.telegram.to_staff._pace._chats.clear()
        bench.telegram.to_staff._pace._all._paused_until = 0
        await bench.later(seconds=60)
    assert struck.times == 0, "the fault never struck"
    assert await Outbox.filter(state=OutboxState.WAITING).count() == 0
    assert await Outbox.filter(state=OutboxState.PARKED).count() == 0
    await nothing_orphaned(bench)
    nothing_doubled_unsaid(bench)


async def nothing_orphaned(bench: Bench) -> None:
    tickets = await Ticket.all()
    topics = [one for one in bench.group.topics.values() if one.name.startswith("№") and not one.closed]
    assert len(topics) <= len(tickets)
    for ticket in tickets:
        assert ticket.topic_id in bench.group.topics
        cards = [one for one in bench.said(bench.group, ticket.topic_id) if words(one).startswith(f"№ {ticket.id} ·")]
        assert [one.id for one in cards] == [ticket.card_id], [words(one)[:40] for one in bench.said(bench.group)]


def nothing_doubled_unsaid(bench: Bench) -> None:
    """What stands twice in any chat is told to staff."""
    told = [one for one in bench.texts(bench.group) if "дважды" in one]
    for chat in (bench.group, bench.chat_of(bench.anna)):
        seen = Counter((one.topic_id, words(one), tuple(sorted(one.content)), repr(one.content)) for one in bench.said(chat))
        doubled = [key for key, count in seen.items() if count > 1]
        assert not doubled or told, doubled
