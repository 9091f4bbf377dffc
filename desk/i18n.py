"""Words in the reader's language: gettext catalogues, read from .po files as they stand, so that nothing has to be compiled.

A package keeps `locales/<language>.po` beside its code; message ids are the English words. Sentences are stored by their ids, in
rows that wait and in the record; one that is worded anew leaves its old id in the catalogue as an obsolete entry (`#~`), so that
what an older release wrote is still read in the reader's language.
"""

import gettext
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("ru", "en")
_PLACE = re.compile(r"%(?:\((\w+)\)[ds]|%)")
_ENGLISH = re.compile(r"^[^А-Яа-яЁё]*[A-Za-z]{2}[^А-Яа-яЁё]*$")


@cache
def words(package: str, language: str) -> gettext.NullTranslations:
    """The catalogue of a package ("bot", "mail") in a language; English, or a language we do not speak, needs none.

    Use its `gettext` and `ngettext`; load once for a screen or letter: `_ = words("bot", "ru").gettext`.
    """
    catalogue = _catalogue(package, language)
    if catalogue is None:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _catalogue(package: str, language: str) -> Catalog | None:
    """The entries of a catalogue, those that are worded anew with them; None where the words need none."""
    source = files(package) / "locales" / f"{language}.po"
    if language == "en" or not source.is_file():
        return None
    with source.open("rb") as file:
        found = read_po(file, locale=language)
    for former in found.obsolete.values():
        if former.id not in found:
            found[former.id] = former
    return found


def spoken(language: str | None) -> str:
    """The language we answer in: Russian or English; any other reader gets English, nobody named gets Russian."""
    if not language:
        return "ru"
    return language[:2].lower() if language[:2].lower() in LANGUAGES else "en"


def stored(package: str, language: str, sentence: str, params: Mapping[str, str | int]) -> str:
    """A sentence that a row holds by its id, in the reader's language and filled in.

    An older release may have written it: what no catalogue knows any more is read as it was written, and said to be of an
    earlier version; a place that nothing was stored for stays open.
    """
    said = words(package, language).gettext(sentence)
    filled = _PLACE.sub(lambda found: str(params.get(found[1], "…")) if found[1] else "%", said) if params else said
    catalogue = _catalogue(package, language)
    if catalogue is None or sentence in catalogue or not _ENGLISH.search(_PLACE.sub("", sentence)):
        return filled
    return words("bot", language).gettext(EARLIER) % {"said": filled}


def N_(sentence: str) -> str:  # noqa: N802 - the name that the extraction of sentences looks for
    """Mark a sentence that is translated where it is shown."""
    return sentence


EARLIER = N_("Message of an earlier version: %(said)s")
