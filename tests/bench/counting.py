"""How long it takes to count 100,000 deadlines, each with its explanation, in one process.

python -m tests.bench.counting [--deadlines 100000]
"""

import argparse
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from desk.law import Counting, LawError, count, load_regime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deadlines", type=int, default=100_000)
    wanted = parser.parse_args().deadlines
    regime, counting = load_regime("ru-152fz"), Counting(zone=ZoneInfo("Europe/Moscow"))
    rules = [rule for rule in regime.rules if not rule.needs_document]
    # Every quarter of an hour from 2024 on, so that no two are alike, over all kinds.
    first = datetime(2024, 1, 1, tzinfo=UTC)
    made = refused = number = 0
    began = time.perf_counter()
    while made < wanted:
        received = first + timedelta(minutes=15 * (number % 130_000))
        rule = rules[number % len(rules)]
        number += 1
        try:
            made += len(count(rule, received, counting).all())
        except LawError:
            refused += 1
    seconds = time.perf_counter() - began
    print(f"{made} deadlines of {number - refused} requests in {seconds:.1f} s: {made / seconds:.0f} a second; {refused} refused")


if __name__ == "__main__":
    main()
