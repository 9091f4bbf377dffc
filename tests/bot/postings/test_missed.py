"""What staff read when a reminder was missed: what it was, when it should have been said, and what else was not."""

from datetime import UTC, datetime

import pytest

from bot.postings.staff.reminders import missed_words
from desk.reminders.sweep import sweep
from tests.bot.bench import Bench, words
from tests.bot.terms import demand


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ru",
            (
                "половина срока, осталось 5 рабочих дней, остался 1 рабочий день, 2 часа до конца надёжного срока, конец срока, "
                "тревоги о пропущенном сроке: 2"
            ),
        ),
        (
            "en",
            (
                "half of the term, 5 working days left, 1 working day left, 2 hours before the end of the safe date, "
                "the end of the term, alarms that it is overdue: 2"
            ),
        ),
    ],
)
def test_missed_levels_are_named_in_their_order_and_repeated_ones_counted(language: str, said: str) -> None:
    levels = ["half", "wd5", "wd1", "safe_2h", "due", "overdue_1", "overdue_2"]
    assert ", ".join(missed_words(levels, language)) == said


async def test_a_missed_reminder_says_when_it_should_have_been_said_and_names_each_term(bench: Bench) -> None:
    topic = await demand(bench, "claim")
    bench.now.at = datetime(2026, 12, 24, 11, 0, tzinfo=UTC)  # wd3 was due at nine, five hours before
    await sweep(bench.desk, bench.now())
    await bench.run()
    said = words(bench.last(bench.group, topic)).split("\n")
    assert said[0] == "⏰ Не сказано вовремя, 24.12.2026 09:00 МСК: Осталось 3 рабочих дня"
    assert said[1].endswith("— лучше успеть к 29.12.2026, до 30.12.2026, по закону 09.01.2027")
    assert said[1].startswith("• Дать письменный ответ на претензию (претензия) —")
    assert said[2] == "Тоже не сказано вовремя: осталось 5 рабочих дней"
