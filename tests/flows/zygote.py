"""Gives birth to desk processes that have their imports behind them: this process imports everything once and forks.

Reads a JSON line {"environ": {...}, "out": path, "log": path, "arguments": [...]} for each and answers the child's process id. What runs in
the child is `rightsdesk` itself; only the seconds of importing are saved, so that a hundred lives fit into a test.
"""

import gc
import json
import os
import signal
import sys
import traceback
from datetime import UTC, datetime, timedelta

import app.cli
import app.commands.running
import app.service
import bot.service  # noqa: F401
from app import timepiece
from desk.flow import queues
from desk.recognising.letter import warm_up

# The variable that says how many seconds this life is ahead of the machine: a story has its own time, which goes on between lives.
AHEAD = "STORY_SECONDS_AHEAD"


def live(order: dict) -> None:
    """The child: the desk's own command line, its words in a file."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    queues.HOLDER = queues.process_name()
    os.environ.clear()
    os.environ.update(order["environ"])
    ahead = timedelta(seconds=float(os.environ.pop(AHEAD, "0")))
    if ahead:
        timepiece.SystemTimepiece.__call__ = lambda self: datetime.now(UTC) + ahead
    for name, descriptor in ((order["out"], 1), (order["log"], 2)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 70
    try:
        code = app.cli.main(order["arguments"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def main() -> None:
    warm_up()
    gc.freeze()
    print("ready", flush=True)
    children = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            live(order)
        children[pid] = order
        print(pid, flush=True)


if __name__ == "__main__":
    main()
