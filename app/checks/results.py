"""What a check finds: a key, a verdict, what was found and what to do, in words that can be said in any language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from desk.i18n import words


class Verdict(StrEnum):
    """How serious it is."""

    FINE = "fine"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


FINDINGS: Final = frozenset({Verdict.WARNING, Verdict.PROBLEM})


def N_(sentence: str) -> str:  # noqa: N802 - gettext's name for it
    """Mark a sentence for the catalogue (app/locales)."""
    return sentence


@dataclass(frozen=True)
class Result:
    """One thing that was looked at. `about` tells several of a kind apart (a mailbox); it is no personal data.

    `found` and `do` are English message ids with `%(name)s` places for `params`.
    """

    key: str
    verdict: Verdict
    found: str
    do: str = ""
    about: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The heading under which it is shown: the first part of its key."""
        return self.key.partition(".")[0]

    def said(self, language: str) -> tuple[str, str]:
        """What was found and what to do, in a language."""
        gettext = words("app", language).gettext
        # A parameter may be a sentence of its own.
        params = {name: gettext(value) if isinstance(value, Said) else value for name, value in self.params.items()}
        return (gettext(self.found) % params, gettext(self.do) % params if self.do else "")


class Said(str):
    """A parameter that is a message id itself."""

    __slots__ = ()


class Report:
    """Takes the results of one check as they come, so that those before a failure are kept."""

    def __init__(self, about: str = "") -> None:
        self._about = about
        self._results: list[Result] = []

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def fine(self, key: str, found: str, do: str = "", **params: Any) -> None:
        """All is well; `do` may remind of something."""
        self._add(key, Verdict.FINE, found, do, params)

    def warning(self, key: str, found: str, do: str, **params: Any) -> None:
        """It works, but something has to be done."""
        self._add(key, Verdict.WARNING, found, do, params)

    def problem(self, key: str, found: str, do: str, **params: Any) -> None:
        """It does not work."""
        self._add(key, Verdict.PROBLEM, found, do, params)

    def skipped(self, key: str, found: str, do: str = "", **params: Any) -> None:
        """It was not looked at, or cannot be seen from here."""
        self._add(key, Verdict.SKIPPED, found, do, params)

    def _add(self, key: str, verdict: Verdict, found: str, do: str, params: Mapping[str, Any]) -> None:
        self._results.append(Result(key, verdict, found, do, self._about, params))
