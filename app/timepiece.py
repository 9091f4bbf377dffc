"""The one source of time. Everything else is told it, so the demo can move it and the tests can set it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemTimepiece:
    """The machine's own time; call it for the present moment (aware, UTC)."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


class MovableTimepiece(SystemTimepiece):
    """The machine's time plus an offset that survives a restart; it moves forward only, as time does."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.offset = timedelta(seconds=json.loads(file.read_text())["offset_seconds"]) if file.exists() else timedelta()

    def __call__(self) -> datetime:
        return super().__call__() + self.offset

    def move(self, by: timedelta) -> datetime:
        """Move time on; the new present. Raises ValueError for a step back."""
        if by < timedelta():
            raise ValueError("Time goes forward only.")
        self.offset += by
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({"offset_seconds": self.offset.total_seconds()}))
        new.replace(self._file)
        return self()
