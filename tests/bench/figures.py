"""Figures of a run: what was measured beside what is wanted, as a table for people and as one line of JSON that is kept."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Figure:
    """One thing that was measured; `goal` is the least or the most that it may be, None where there is none."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    bound: Literal["least", "most"] = "most"

    @property
    def ratio(self) -> float | None:
        """How far the goal is reached: 1 or more is well."""
        if self.goal is None:
            return None
        better, worse = (self.value, self.goal) if self.bound == "least" else (self.goal, self.value)
        return better / worse if worse else float("inf")


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines: what, how much, what is wanted, and how far that is reached."""
    lines = [f"{'':58} {'measured':>15}  {'goal':>12}  reached"]
    for one in figures:
        sign = "≥" if one.bound == "least" else "≤"
        goal = f"{sign} {one.goal:g}" if one.goal is not None else ""
        ratio = f"{one.ratio:7.2f}" if one.ratio is not None else ""
        lines.append(f"{one.name:58} {_short(one.value):>9} {one.unit:5}  {goal:>12}  {ratio}".rstrip())
    return "\n".join(lines)


def line(figures: Sequence[Figure]) -> str:
    """The run as JSON, with the machine and the day."""
    told: dict[str, Any] = {
        "at": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "figures": {one.name: float(_short(one.value)) for one in figures},
        "reached": {one.name: round(min(one.ratio, 999.0), 2) for one in figures if one.ratio is not None},
    }
    return json.dumps(told, ensure_ascii=False)


def keep(figures: Sequence[Figure], file: Path) -> None:
    """Append the run to a file."""
    with file.open("a", encoding="utf-8") as kept:
        kept.write(line(figures) + "\n")


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
