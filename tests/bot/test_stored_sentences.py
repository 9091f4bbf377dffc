"""A sentence that an older release has stored is read in the reader's language after an upgrade, and never stops a row."""

import pytest

from desk import contents
from desk.i18n import stored
from desk.outbox import GENERAL, put
from mail.letters import render
from models.store.connect import transaction
from tests.bot.bench import Bench, words

FORMER = "🔴 %(name)s has not confirmed until %(date)s what it was told to do: call it, or decide (/processors)."
GONE = "🦖 The dinosaur of %(name)s has not hatched by %(date)s: sit on it (/hatch), at 100%% or %(more)s."
PARAMS: contents.Params = {"name": "ООО «Доставка»", "date": "14.12.2026"}


@pytest.mark.parametrize(
    ("language", "sentence", "params", "read"),
    [
        # Worded anew since: the translation of then.
        ("ru", FORMER, PARAMS, "🔴 ООО «Доставка» до 14.12.2026 не подтвердил исполнение: позвоните ему или решите сами (/processors)."),
        ("en", FORMER, PARAMS, "🔴 ООО «Доставка» has not confirmed until 14.12.2026 what it was told to do: call it, or decide (/processors)."),
        # Gone without a trace: as it was written, and said to be old.
        ("ru", GONE, PARAMS, "Сообщение прежней версии программы: 🦖 The dinosaur of ООО «Доставка» has not hatched by 14.12.2026: sit on it (/hatch), at 100% or …."),
        ("en", GONE, PARAMS, "🦖 The dinosaur of ООО «Доставка» has not hatched by 14.12.2026: sit on it (/hatch), at 100% or …."),
        # Known, with a place that the older release did not store.
        ("ru", "📅 The term of the document is %(date)s.", {"other": 1}, "📅 Срок по документу — …."),
        # Stored with something else in a place than is expected now.
        ("ru", "🦖 %(count)d eggs", {"count": "много"}, "Сообщение прежней версии программы: 🦖 много eggs"),
        # No sentence of a catalogue at all: only places, or words of people.
        ("ru", "№ %(number)s: %(what)s", {"number": 2, "what": "Anna"}, "№ 2: Anna"),
        ("ru", "Слова сотрудника о CRM", {}, "Слова сотрудника о CRM"),
        ("ru", "100% sure", {}, "Сообщение прежней версии программы: 100% sure"),
    ],
)  # fmt: skip
def test_it_is_read_in_a_sensible_form(language: str, sentence: str, params: contents.Params, read: str) -> None:
    assert stored("bot", language, sentence, params) == read


async def test_a_notice_of_an_older_release_is_posted(bench: Bench) -> None:
    for place, sentence in enumerate((FORMER, GONE)):
        async with transaction():
            await put(
                channel="staff", conversation=GENERAL, key=f"old:{place}", now=bench.now(),
                content=contents.Notice(words=sentence, params={"name": "ООО «Доставка»", "date": "2026-12-14"}),
            )  # fmt: skip
    await bench.run()
    said = [words(one) for one in bench.said(bench.group)]
    assert said[-2].startswith("🔴 ООО «Доставка» до 14.12.2026 не подтвердил")
    assert said[-1].startswith(
        "Сообщение прежней версии программы: 🦖 The dinosaur of ООО «Доставка» has not hatched by 14.12.2026"
    )


def test_a_line_of_an_alert_by_mail_too(bench: Bench) -> None:
    lines = (contents.Sentence(words=GONE, params={"name": "ООО"}),)
    alert = contents.Alert(number=0, language="ru", lines=lines)
    assert "Сообщение прежней версии программы: 🦖 The dinosaur of ООО" in render(bench.desk.operator, "ru-152fz", alert).text
