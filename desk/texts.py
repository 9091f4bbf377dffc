"""A text in Russian and in English, of what is named in both beside its meaning: the rules of the law, kinds of errands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Text(Mapping[str, str]):
    """One text in both languages; as a mapping it goes into JSON as `dict(text)`."""

    ru: str
    en: str

    def said(self, language: str) -> str:
        """For a reader: Russian, or English for whoever reads anything else."""
        return self.ru if language == "ru" else self.en

    def __getitem__(self, language: str) -> str:
        if language not in self:
            raise KeyError(language)
        return self.said(language)

    def __contains__(self, language: object) -> bool:
        return language in {"ru", "en"}

    def __iter__(self) -> Iterator[str]:
        return iter(("ru", "en"))

    def __len__(self) -> int:
        return 2
