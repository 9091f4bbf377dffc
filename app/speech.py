"""The language of the command line: that of the machine's locale, Russian or English, the same for everything it says."""

import os


def language() -> str:
    """Russian on a machine whose locale is Russian, English on every other one."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ru" if named[:2].lower() == "ru" else "en"


def said(sentence: str, **params: object) -> str:
    """A sentence (an English message id of `app/locales`) in that language, its `%(name)s` places filled."""
    words = sentence
    if language() == "ru":
        # Only a Russian needs the catalogue: reading it takes a tenth of a second.
        from desk.i18n import words as catalogue

        words = catalogue("app", "ru").gettext(sentence)
    return words % params if params else words
