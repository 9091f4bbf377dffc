"""What the law refuses to count, each refusal a sentence for a person.

LawError
├── UnknownKind          the regime has no rule for this kind of request
├── UnverifiedYear       a working-day fact of a year without a verified calendar is needed
├── DocumentTermMissing  the term stands in a document and its date was not given
├── ExtensionRefused     the rule allows no extension
├── BadInstant           a text is not an ISO 8601 instant
└── BadLawData           a regime, calendar or case file is wrong
"""

from collections.abc import Mapping


class LawError(Exception):
    """A refusal to count. `str()` is the English sentence, `sentence("ru")` the Russian one."""

    def __init__(self, en: str, ru: str | None = None) -> None:
        super().__init__(en)
        self._ru = ru or en

    def sentence(self, lang: str = "en") -> str:
        """Return the sentence in `lang` ("ru", anything else is English)."""
        return self._ru if lang == "ru" else str(self)


class UnknownKind(LawError):
    def __init__(self, kind: str, regime: str, known: tuple[str, ...]) -> None:
        names = ", ".join(known)
        super().__init__(
            f"There is no kind of request {kind!r} in the regime {regime}. Known kinds: {names}.",
            f"В режиме {regime} нет вида обращения {kind!r}. Известные виды: {names}.",
        )
        self.kind = kind


class UnverifiedYear(LawError):
    """`year` is the year whose working days are not known."""

    def __init__(self, year: int, calendar: str, verified: tuple[int, ...]) -> None:
        span = f"{verified[0]}–{verified[-1]}"
        super().__init__(
            f"The working days of {year} are not known: the calendar {calendar!r} is verified for {span} only. "
            f"Add the production calendar of {year} (rightsdesk calendar import FILE) and count again; "
            f"until then keep the date by hand.",
            f"Рабочие дни {year} года неизвестны: календарь {calendar!r} проверен только за {span} годы. "
            f"Добавьте производственный календарь на {year} год (rightsdesk calendar import ФАЙЛ) и повторите "
            f"расчёт; до этого следите за сроком вручную.",
        )
        self.year = year


class DocumentTermMissing(LawError):
    """`name` is the rule's name, `cite` the article that leaves the term to the document, both in both languages."""

    def __init__(self, name: Mapping[str, str], cite: Mapping[str, str]) -> None:
        super().__init__(
            f"{name['en']}: the term is the one its document names ({cite['en']}); give the date from the document.",
            f"{name['ru']}: срок указан в самом документе ({cite['ru']}); введите дату из документа.",
        )


class ExtensionRefused(LawError):
    """`cite` is the article that refuses; without a `reason` (English, Russian) it is that the law knows no extension."""

    def __init__(self, name: Mapping[str, str], cite: Mapping[str, str], reason: tuple[str, str] | None = None) -> None:
        en, ru = reason or (f"{cite['en']} allows no extension", f"{cite['ru']} продления не допускает")
        super().__init__(
            f"{name['en']}: the term cannot be extended ({en}).",
            f"{name['ru']}: срок продлить нельзя ({ru}).",
        )


class BadInstant(LawError):
    pass


class BadLawData(LawError):
    pass
