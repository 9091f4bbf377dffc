"""Column types that store what they were given, the same way on SQLite and PostgreSQL.

Tortoise keeps the offset of a datetime as it came, and SQLite compares datetimes as text, so 16:00+03:00
counts as later than 14:00+00:00. PostgreSQL refuses NUL in text where SQLite takes it, and both refuse
lone surrogates. The fields below remove these differences on every way in: INSERT, UPDATE and filters.
"""

import re
from datetime import UTC, datetime
from typing import Any, TypeVar

from tortoise import fields

# NUL cannot be stored by PostgreSQL; a lone surrogate cannot be encoded as UTF-8 by any driver.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"

# Tortoise's own stubs tell a nullable column from a plain one by these.
MaybeDatetime = TypeVar("MaybeDatetime", datetime, datetime | None)
MaybeStr = TypeVar("MaybeStr", str, str | None)


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC; `ValueError` without a time zone, for then nobody knows when it is."""
    if moment.utcoffset() is None:
        raise ValueError("A moment without a time zone was given where an instant is stored.")
    return moment.astimezone(UTC)


def clean_text(text: str) -> str:
    """`text` that every back end can store: NUL is dropped, a lone surrogate becomes U+FFFD."""
    if not _UNSTORABLE.search(text):
        return text
    return _UNSTORABLE.sub(lambda found: "" if found.group() == "\x00" else _REPLACEMENT, text)


class UtcDatetimeField(fields.DatetimeField[MaybeDatetime]):
    """An instant: aware datetimes only, always stored, compared and read back in UTC.

    Raises `ValueError` for a naive datetime, `TypeError` for anything that is not a datetime or its text.
    Text is read as ISO 8601; without an offset it is UTC, for that is how SQLite's own clock functions write.
    """

    def to_db_value(self, value: Any, instance: Any) -> Any:
        """What the driver gets: an instant in UTC, whatever offset it came with."""
        if type(value) is datetime and value.tzinfo is UTC and not self.auto_now:
            return value
        if self.auto_now or self.auto_now_add:
            value = super().to_db_value(value, instance)
        moment = self.to_python_value(value)
        self.validate(moment)
        return moment

    def to_python_value(self, value: Any) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value if value.tzinfo is UTC else as_utc(value)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return as_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        raise TypeError(f"An instant is stored as a datetime, not as {type(value).__name__}.")


class CleanTextField(fields.TextField):
    """Text of any length from outside, made storable on entry (see `clean_text`)."""

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return super().to_db_value(clean_text(value) if isinstance(value, str) else value, instance)

    def to_python_value(self, value: Any) -> Any:
        return clean_text(value) if isinstance(value, str) else super().to_python_value(value)


class CleanCharField(fields.CharField[MaybeStr]):
    """Short text from outside, made storable on entry; too long is a `ValidationError`, never cut."""

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return super().to_db_value(clean_text(value) if isinstance(value, str) else value, instance)

    def to_python_value(self, value: Any) -> Any:
        return clean_text(value) if isinstance(value, str) else super().to_python_value(value)
