"""Where a line may not be broken: citations of law, numbers, dates, abbreviations of addresses and initials stay whole."""

import re
from typing import Final

# "ч. 5 ст. 21 152-ФЗ", "152-FZ Art. 21(5)", "№ 17", "10 декабря 2026 г.", "24 December 2026"; "д. 5, стр. 1";
# "+7 900 000-00-02"; "И. И. Иванов".
_CITED: Final = r"(?:ч|ст|п|пп|абз|гл)\.|№|§|No\.|Arts?\.|Sec(?:tion|\.)|\d+-FZ|GDPR"
_PLACED: Final = r"(?:г|д|оф|кв|стр|корп|ул|пер|пр)\."
_TOGETHER: Final = (
    re.compile(rf"(?:{_CITED}) (?=[\d(]|Art|[А-ЯЁ]{{1,3}}-)"),
    re.compile(r"[\d)] (?=(?:ч|ст|п|пп|абз)\. ?\d|(?:ч|ст|п|пп|абз)\.\u00a0|\d+-ФЗ|ГК |ТК |КоАП)"),
    re.compile(r"\b\d{1,2} (?=(?:янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)[а-я]*\b|[A-Z][a-z]{2,8} \d{4}\b)"),
    re.compile(r"\d{4} (?=г\.)"),
    re.compile(rf"(?<!\w){_PLACED} (?=[А-ЯЁ\d])"),
    re.compile(r"(?<![\d+])(?:\+\d{1,3}|8) ?\(?\d{3}\)? ?\d{3}[ -]\d{2}[ -]\d{2}(?!\d)"),
    re.compile(r"(?<!\w)[А-ЯЁA-Z]\. (?=[А-ЯЁA-Z](?:\.|[а-яёa-z]))"),
)
# A hyphen at which nothing may end.
WHOLE: Final = re.compile(r"\d+-(?:ФЗ|FZ)(?!\w)|(?<![\d-])\d{3}-\d{2}-\d{2}(?![\d-])")


def together(text: str) -> str:
    """The words with the blanks that may not end a line made fast (U+00A0)."""
    for pattern in _TOGETHER:
        text = pattern.sub(lambda found: found[0].replace(" ", "\u00a0"), text)
    return text
