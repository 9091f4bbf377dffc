"""Asking: several questions that do not depend on each other, sent to the database as one statement."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from models.store.connect import client, is_postgres
from models.store.rows import bound, within


class Question(NamedTuple):
    """A SELECT of these columns.

    `{0}`, `{1}`, … in its words stand where a value does; that of a list is the condition to be among its values.
    """

    columns: tuple[str, ...]
    words: str
    values: Sequence[Any] = ()


Answer = list[dict[str, Any]]


async def ask(*questions: Question | None) -> list[Answer]:
    """The rows that answer each question, none where there is None; moments and JSON are as they stand in JSON."""
    asked = {number: one for number, one in enumerate(questions) if one is not None}
    answers: list[Answer] = [[] for _ in questions]
    if not asked:
        return answers
    values: list[Any] = []
    words = " UNION ALL ".join(_words(number, one, values) for number, one in asked.items())
    for row in await client().execute_query_dict(words, values):
        answers[row["question"]].append(dict(zip(asked[row["question"]].columns, json.loads(row["said"]), strict=True)))
    return answers


def _words(number: int, question: Question, values: list[Any]) -> str:
    """A question as one part of the statement; its values are put behind those that are there."""
    marks = []
    for value in question.values:
        listed = isinstance(value, list | set | frozenset)
        values += bound([value]) if listed else [value]
        marks.append(within(len(values)) if listed else f"{'$' if is_postgres() else '?'}{len(values)}")
    row = f"{'json_build_array' if is_postgres() else 'json_array'}({', '.join(question.columns)})"
    return f"SELECT {number} AS question, {row} AS said FROM ({question.words.format(*marks)}) AS asked{number}"  # noqa: S608
