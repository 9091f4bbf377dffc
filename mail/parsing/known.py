"""Finds letters that are known word for word inside another letter, however a program quotes them, and takes them out.

We know what we sent. So no style of quoting has to be recognised: the words of our letter are found as runs, whatever marks
its lines and wherever they were wrapped, and what stands above, below or between stays with its author. A run must be long
enough, and hold enough of our own sentences, that nobody writes it by chance: names of demands and articles of laws, which
stand in our lists, do not count.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mail.parsing.frames import frame_above, is_rule

_GRAM = 4  # words in a row that are looked up
_CERTAIN = 8  # words of our own sentences that make a run ours
_SENTENCE = 6  # words from which on a line of ours counts as a sentence
_MOST_PLACES = 24  # places of one gram that are tried
_NEAR = 60  # words within which a short run must follow the run before it
_MOST_WORDS = 200_000

_WORD = re.compile(r"\w+")
# What programs put before quoted lines, initials of the writer included: "> ", ">> ", "АП> ", "| ".
MARK = re.compile(r"[ \t]*(?:[^\W\d_]{0,4}[>|][ \t]?)+")
_LISTED = re.compile(r"\s*(?:[•*·–—-]|\d{1,2}[.)])\s")
_TAIL = re.compile(r"""[^\w\s]*""")


@dataclass
class _Text:
    """The words of a text without the marks of quotations: where each stands, and in which line."""

    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Sequence[str]) -> "_Text":
        read = cls()
        for number, row in enumerate(rows):
            mark = MARK.match(row)
            for found in _WORD.finditer(row, mark.end() if mark else 0):
                read.words.append(found[0].casefold().replace("ё", "е"))
                read.spans.append(found.span())
                read.lines.append(number)
            if len(read.words) > _MOST_WORDS:
                break
        return read


class _Known:
    """All known letters as one row of words, each letter closed by a word that occurs nowhere."""

    def __init__(self, texts: Iterable[str], *, sentences: bool) -> None:
        self.words: list[str] = []
        self.counts: list[bool] = []  # whether a word stands in a sentence, and so may prove a run
        for text in texts:
            rows = text.split("\n")
            read = _Text.of(rows)
            sizes = [read.lines.count(number) for number in range(len(rows))] if len(rows) < 2_000 else [0] * len(rows)
            proving = [not sentences or _proves(row, size) for row, size in zip(rows, sizes, strict=True)]
            self.words += [*read.words, "\0"]
            self.counts += [*(proving[line] for line in read.lines), False]
        self.places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at in range(len(self.words) - _GRAM + 1):
            gram = tuple(self.words[at : at + _GRAM])
            if "\0" not in gram and len(self.places[gram]) < _MOST_PLACES:
                self.places[gram].append(at)


def _proves(row: str, size: int) -> bool:
    return size >= _SENTENCE and not _LISTED.match(row) and bool(re.search(r"[.!?…:;]", row))


@dataclass(frozen=True)
class _Run:
    """Words `start` to `end` of the letter are words `at` and on of what is known."""

    start: int
    end: int
    at: int

    @property
    def until(self) -> int:
        return self.at + self.end - self.start


@dataclass(frozen=True)
class Cut:
    """A letter without what is known: the lines that are left, and whether anything was found at all."""

    text: str
    found: bool


def without_known(text: str, ours: Sequence[str], theirs: Sequence[str] = ()) -> Cut:
    """`text` without `ours` (letters we sent) and, where those are quoted, without `theirs` (earlier letters of the writer).

    What a program writes above a quotation goes with it. Nothing else does: lines behind a mark of quotation that are
    nobody's known words stay, without the mark.
    """
    rows = text.split("\n")
    read = _Text.of(rows)
    covered = bytearray(len(read.words))
    _cover(read, _Known(ours, sentences=True), covered, 0)
    if not any(covered):
        return Cut(text, found=False)
    if theirs:
        # Their own earlier letter is a quotation only where it stands below ours, or is marked as one.
        _cover(read, _Known(theirs, sentences=False), covered, covered.index(1), rows)
    return Cut(_left(rows, read, covered), found=True)


def _cover(read: _Text, known: _Known, covered: bytearray, begin: int, rows: Sequence[str] | None = None) -> None:
    """Mark the words of the letter that belong to what is known; with `rows`, before `begin` only in marked lines."""
    runs = [run for run in _runs(read.words, known, covered) if rows is None or run.start >= begin or _marked(run, read, rows)]
    certain = [run for run in runs if sum(known.counts[run.at : run.until]) >= _CERTAIN]
    taken = bytearray(len(known.words))
    for run in certain:
        covered[run.start : run.end] = b"\1" * (run.end - run.start)
        taken[run.at : run.until] = b"\1" * (run.end - run.start)
    if not certain:
        return
    for run in sorted(runs, key=lambda one: one.start - one.end):
        if not any(covered[run.start : run.end]) and not any(taken[run.at : run.until]) and _follows(run, certain, read):
            covered[run.start : run.end] = b"\1" * (run.end - run.start)
            taken[run.at : run.until] = b"\1" * (run.end - run.start)
            certain.append(run)
    certain.sort(key=lambda one: one.start)
    for one, two in pairwise(certain):
        _bridge(one, two, read, covered)
    for run in certain:
        _onward(run, read, known, covered, forward=True)
        _onward(run, read, known, covered, forward=False)


def _runs(words: Sequence[str], known: _Known, covered: bytearray) -> list[_Run]:
    """The longest runs of the letter that occur in what is known, in order."""
    runs: list[_Run] = []
    at = 0
    while at <= len(words) - _GRAM:
        places = known.places.get(tuple(words[at : at + _GRAM])) if not covered[at] else None
        if not places:
            at += 1
            continue
        best = max((_Run(at, at + _length(words, at, known.words, place), place) for place in places), key=lambda run: run.end)
        at = best.end
        # A word that the run before ended with was added once more in between: it is the writer's.
        twice = runs[-1].until - best.at if runs and runs[-1].at < best.at < runs[-1].until < best.until else 0
        runs.append(_Run(best.start + twice, best.end, best.at + twice))
    return runs


def _length(words: Sequence[str], at: int, known: Sequence[str], place: int) -> int:
    length = _GRAM
    while at + length < len(words) and place + length < len(known) and words[at + length] == known[place + length]:
        length += 1
    return length


def _marked(run: _Run, read: _Text, rows: Sequence[str]) -> bool:
    return bool(MARK.match(rows[read.lines[run.start]]))


def _follows(run: _Run, certain: Sequence[_Run], read: _Text) -> bool:
    """Whether a short run goes on where a certain one of the same letter stopped, and fills its lines."""
    whole = (run.start == 0 or read.lines[run.start - 1] != read.lines[run.start]) and (
        run.end == len(read.words) or read.lines[run.end] != read.lines[run.end - 1]
    )
    return whole and any(0 <= run.at - one.until <= _NEAR or 0 <= one.at - run.until <= _NEAR for one in certain)


def _bridge(one: _Run, two: _Run, read: _Text, covered: bytearray) -> None:
    """What a program changed between two runs (an address rewritten, a number) is ours; what stands there besides is not."""
    lost = two.at - one.until
    if not (0 < lost <= 12 and one.end < two.start and read.lines[one.end] == read.lines[two.start - 1]):
        return
    gap = range(one.end, two.start)
    apart = sum(read.spans[at][0] - read.spans[at - 1][1] > 0 and read.lines[at] == read.lines[at - 1] for at in gap)
    if len(gap) <= lost and apart <= 2 * lost:
        covered[one.end : two.start] = b"\1" * len(gap)


def _onward(run: _Run, read: _Text, known: _Known, covered: bytearray, *, forward: bool) -> None:
    """Whole short lines beside a run that go on word for word (a heading, a greeting, the name below) belong to it."""
    at, place = (run.end, run.until) if forward else (run.start - 1, run.at - 1)
    step = 1 if forward else -1
    while 0 <= at < len(read.words) and not covered[at]:
        line = read.lines[at]
        end = at
        while 0 <= end < len(read.words) and read.lines[end] == line and not covered[end]:
            end += step
        if 0 <= end < len(read.words) and read.lines[end] == line:
            return  # the line is shared with something else
        words = read.words[at:end:step] if forward else read.words[end + 1 : at + 1][::-1]
        here = (
            known.words[place : place + len(words)] if forward else known.words[max(0, place - len(words) + 1) : place + 1][::-1]
        )
        if words != here:
            return
        for one in range(min(at, end - step), max(at, end - step) + 1):
            covered[one] = 1
        at, place = end, place + step * len(words)


# --- what is left


def _left(rows: list[str], read: _Text, covered: bytearray) -> str:
    """The lines of the letter without the covered words, the frames of quotations and the marks."""
    of_line: dict[int, list[int]] = defaultdict(list)
    for at, line in enumerate(read.lines):
        of_line[line].append(at)
    gone = {line for line, tokens in of_line.items() if all(covered[at] for at in tokens)}
    shared = {line for line, tokens in of_line.items() if line not in gone and any(covered[at] for at in tokens)}
    for line in sorted(gone | shared):
        above = line - 1
        if above not in gone:
            gone.update(frame_above(rows, line, gone))
    blank = {line for line in range(len(rows)) if line not in of_line}
    gone |= _edges(rows, gone | shared, blank)
    kept = []
    for number, row in enumerate(rows):
        if number in gone:
            kept.append("")
        elif number in shared:
            kept.append(_rest(row, [(read.spans[at], bool(covered[at])) for at in of_line[number]]))
        else:
            mark = MARK.match(row)
            kept.append(row[mark.end() :] if mark and (gone or shared) else row)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _edges(rows: Sequence[str], cut: set[int], blank: set[int]) -> set[int]:
    """Lines without words that touch what was cut: empty quotation marks, rules, bullets."""
    found: set[int] = set()
    for line in sorted(cut):
        for step in (-1, 1):
            at = line + step
            while at in blank and at not in found:
                if rows[at].strip() and not (MARK.match(rows[at]) or is_rule(rows[at]) or len(rows[at].strip()) < 3):
                    break
                found.add(at)
                at += step
    return found


def _rest(row: str, tokens: Sequence[tuple[tuple[int, int], bool]]) -> str:
    """A line of which a part is known: what is left of it."""
    mark = MARK.match(row)
    out: list[str] = []
    position = mark.end() if mark else 0
    for (start, end), known in tokens:
        if known:
            between = row[position:start]
            out.append(between if out and out[-1].strip() else "")
            tail = _TAIL.match(row, end)
            position = tail.end() if tail else end
        else:
            out.append(row[position:end])
            position = end
    out.append(row[position:])
    return " ".join("".join(out).split())
