"""What processors are told: under 152-FZ with its articles, under another law without a word of it."""

import pytest

from desk.law import asks


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("key", list(asks.known()))
def test_only_152_fz_is_told_by_its_articles(key: str, language: str) -> None:
    one = asks.known()[key]
    assert "152-" in one.told(language, "ru-152fz")
    for regime in ("gdpr", "uk-gdpr"):
        said = one.told(language, regime) + one.answered(language, regime)
        assert not any(word in said for word in ("152-", "Роскомнадзор", "Roskomnadzor", "ст.", "Art.", "("))
        assert said


def test_under_152_fz_a_destruction_is_told_to_go_into_the_act() -> None:
    assert "№ 179" in asks.known()["destroy"].answered("ru", "ru-152fz")
