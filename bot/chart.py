"""The picture of the digest: a bar for each coming day, as high as the number of terms that end on it.

It brings its own paper, so it reads the same in light and dark chats, and its own letters (fonts/, DejaVu with Cyrillic).
Import it where a picture is drawn and not before: Pillow weighs megabytes.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.dates import format_date, get_day_names
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1280, 640
# Where the bars stand: left, top, right, bottom; in pixels.
LEFT, TOP, RIGHT, BOTTOM = 40, 120, 1240, 520

PAPER, INK, FAINT, REST, GRID = "#f7f8fa", "#1f2933", "#7b8794", "#e7eaee", "#cbd2d9"
TODAY, WORKING, OFF = "#d64545", "#2f6fb5", "#c77d1e"


@cache
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(BytesIO((files("bot") / "fonts" / name).read_bytes()), size)


def draw(
    counts: Mapping[date, int],
    first: date,
    days: int,
    works: Callable[[date], bool],
    *,
    title: str,
    language: str,
    legend: tuple[str, str, str] = ("", "", ""),
) -> bytes:
    """The picture as PNG: `days` days from `first` (today) on, with days off shaded as `works` tells.

    `counts` says how many terms end on which day; a day it does not name has none. `legend` names the three colours: of
    today, of working days, and of days off.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((LEFT, 32), title, font=_font(34, bold=True), fill=INK)
    _legend(pen, legend)
    column = (RIGHT - LEFT) / days
    highest = max([counts.get(first + timedelta(days=n), 0) for n in range(days)] + [1])
    for number in range(days):
        day = first + timedelta(days=number)
        left = LEFT + number * column
        _column(pen, day, left, column, resting=not works(day), today=day == first, language=language)
        if count := counts.get(day, 0):
            colour = TODAY if day == first else WORKING if works(day) else OFF
            _bar(pen, count, highest, left, column, colour)
        # A month of which only a day or two is left has no room for its name.
        if day.day == 1 or (number == 0 and (day + timedelta(days=3)).month == day.month):
            _month(pen, day, left, language)
    pen.line((LEFT, BOTTOM, RIGHT, BOTTOM), fill=GRID, width=3)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _legend(pen: ImageDraw.ImageDraw, names: tuple[str, str, str]) -> None:
    """What the colours say, in one line under the title."""
    left = float(LEFT)
    for name, colour in zip(names, (TODAY, WORKING, OFF), strict=True):
        if name:
            pen.rounded_rectangle((left, 84, left + 16, 100), radius=4, fill=colour)
            pen.text((left + 24, 92), name, font=_font(19), fill=FAINT, anchor="lm")
            left += 24 + pen.textlength(name, font=_font(19)) + 36


def _column(pen: ImageDraw.ImageDraw, day: date, left: float, width: float, *, resting: bool, today: bool, language: str) -> None:
    """A day: its number and weekday under the line, shade behind a day off, a frame around today's number."""
    middle = left + width / 2
    if resting:
        pen.rectangle((left, TOP, left + width - 1, BOTTOM), fill=REST)
    if today:
        pen.rounded_rectangle((middle - 25, BOTTOM + 8, middle + 25, BOTTOM + 46), radius=10, fill=TODAY)
    ink = PAPER if today else FAINT if resting else INK
    pen.text((middle, BOTTOM + 27), f"{day.day}", font=_font(24, bold=not resting), fill=ink, anchor="mm")
    name = get_day_names("short" if language == "en" else "abbreviated", locale=language)[day.weekday()]
    pen.text((middle, BOTTOM + 62), name[:2], font=_font(19), fill=FAINT, anchor="mm")


def _bar(pen: ImageDraw.ImageDraw, count: int, highest: int, left: float, width: float, colour: str) -> None:
    # One term beside a thousand is still a bar.
    top = BOTTOM - max(16, (BOTTOM - TOP - 40) * count / highest)
    pen.rounded_rectangle((left + 7, top, left + width - 7, BOTTOM), radius=6, fill=colour, corners=(True, True, False, False))
    size = 26 if count < 1000 else 18
    pen.text((left + width / 2, top - 8), str(count), font=_font(size, bold=True), fill=INK, anchor="mb")


def _month(pen: ImageDraw.ImageDraw, day: date, left: float, language: str) -> None:
    """The month's name under its first day, and a thin line where it begins."""
    if day.day == 1:
        pen.line((left, TOP, left, BOTTOM + 90), fill=GRID, width=2)
    pen.text((left + 8, BOTTOM + 84), format_date(day, "LLLL", locale=language), font=_font(21), fill=FAINT)
