"""Asks a service that runs on this machine how its loops are: it knows of conflicts that cannot be seen from outside."""

import json
import urllib.error
import urllib.request
from typing import Any, Final

from app.checks.results import N_, Report
from app.checks.subject import Subject

_SECONDS: Final = 4
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked there, not listened on


def check_service(subject: Subject, report: Report) -> None:
    """Whether the service runs here, and what it says of itself."""
    http = subject.settings.http
    host = _ANY.get(http.host, http.host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{http.port}/healthz"
    answer = _asked(url)
    if answer is None:
        report.skipped("service.loops", N_("The service does not run here (nothing answers on %(listen)s)."), listen=http.listen)
        return
    dead = [name for name, alive in answer.get("loops", {}).items() if not alive]
    sources: dict[str, Any] = answer.get("sources", {})
    troubled = {name: state for name, state in sources.items() if state not in {"ok", "", None}}
    for name in dead:
        report.problem(
            "service.loops",
            N_("The loop “%(name)s” of the service has ended."),
            N_("Restart it and look into its log."),
            name=name,
        )
    for name, state in troubled.items():
        report.problem(
            "service.sources",
            N_("The service says of “%(name)s”: %(state)s"),
            N_("See the checks of that channel."),
            name=name,
            state=state,
        )
    if not dead and not troubled:
        report.fine("service.loops", N_("The service runs here, and all its loops are well."))


def _asked(url: str) -> dict[str, Any] | None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_SECONDS) as response:
            found = json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            try:
                found = json.loads(error.read())
            except (OSError, ValueError):
                return None
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "loops" in found else None
