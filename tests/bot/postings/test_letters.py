"""A letter to a requester in Telegram is one file: its module in bot/postings/requester, found by the name of its errand."""

from pathlib import Path

import pytest

from bot.postings import requester
from bot.postings.requester import closing
from desk import contents, letters
from models import Outbox, OutboxState
from tests.bot.bench import Bench
from tests.desk.letters.toy import decide, known

GREETING = '''
from bot.calls import Errand
from desk.ports import Delivered
from models import Posted
from tests.desk.letters.toy import Greeting


async def greeting(errand: Errand) -> Delivered:
    """A greeting."""
    errand.keep([await errand.post(f"Здравствуйте, {errand.content(Greeting).whom}!")], Posted.LETTER)
    return errand.delivered()
'''


async def test_a_toy_letter_is_posted_by_the_one_file_that_is_added(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "requester"
    folder.mkdir()
    (folder / "greeting.py").write_text(GREETING, encoding="utf-8")
    monkeypatch.setattr(requester, "__path__", [*requester.__path__, str(folder)])
    with known(monkeypatch):
        await bench.anna_asks()
        await bench.close()
        bench.begin()
        row = await decide(bench.desk, await bench.ticket(), bench.now())
        await bench.run()
        assert "Здравствуйте, Анна!" not in bench.texts(bench.chat_of(bench.anna))
        await bench.later(seconds=30)
        assert bench.texts(bench.chat_of(bench.anna))[-1] == "Здравствуйте, Анна!"
        assert (await Outbox.get(id=row.id)).state == OutboxState.SENT


def test_every_letter_that_may_go_to_a_private_chat_has_its_file() -> None:
    posted = {kind.errand for kind in contents.KINDS if issubclass(kind, contents.Letter) and "telegram" in kind.channels}
    assert set(requester.letters()) == posted
    assert set(letters.errands(lambda one: "telegram" in one.content.channels)) <= posted
    assert requester.letters()["closing"] is closing.closing
