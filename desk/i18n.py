"""Words in the reader's language: gettext catalogues, read from .po files as they stand, so that nothing has to be compiled.

A package keeps `locales/<language>.po` beside its code; message ids are the English words.
"""

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("ru", "en")


@cache
def words(package: str, language: str) -> gettext.NullTranslations:
    """The catalogue of a package ("bot", "mail") in a language; English, or a language we do not speak, needs none.

    Use its `gettext` and `ngettext`; load once for a screen or letter: `_ = words("bot", "ru").gettext`.
    """
    source = files(package) / "locales" / f"{language}.po"
    if language == "en" or not source.is_file():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def spoken(language: str | None) -> str:
    """The language we answer in: Russian or English; any other reader gets English, nobody named gets Russian."""
    if not language:
        return "ru"
    return language[:2].lower() if language[:2].lower() in LANGUAGES else "en"


def N_(sentence: str) -> str:  # noqa: N802 - the name that the extraction of sentences looks for
    """Mark a sentence that is translated where it is shown."""
    return sentence
