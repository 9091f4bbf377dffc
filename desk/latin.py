"""Russian names in Latin letters, as passports have them (ICAO Doc 9303), for letters in other languages."""

import re
from typing import Final

_LETTERS: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts",
    "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "№": "No.", "«": "“", "»": "”",
}  # fmt: skip
# Forms of companies that have a usual name abroad.
_FORMS: Final = {
    "ООО": "LLC", "АО": "JSC", "ПАО": "PJSC", "ИП": "IE", "НКО": "NPO",
    "Общество с ограниченной ответственностью": "Limited Liability Company",
    "Публичное акционерное общество": "Public Joint-Stock Company",
    "Акционерное общество": "Joint-Stock Company",
    "Индивидуальный предприниматель": "Individual Entrepreneur",
}  # fmt: skip
_FORM: Final = re.compile(rf"\b(?:{'|'.join(_FORMS)})\b")


def latin(text: str) -> str:
    """`text` without Cyrillic letters; a text that has none comes back as it is."""
    abroad = _FORM.sub(lambda found: _FORMS[found[0]], text)
    return "".join(_letter(abroad, at) for at in range(len(abroad)))


def _letter(text: str, at: int) -> str:
    char = text[at]
    found = _LETTERS.get(char.lower())
    if found is None:
        return char
    if not char.isupper():
        return found
    # A capital of two letters: "Shchukin", but "SHCHUKIN".
    beside = text[at + 1 : at + 2] or text[at - 1 : at]
    return found.upper() if beside.isupper() else found.capitalize()
