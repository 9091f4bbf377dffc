"""What history says was done, as people read it."""

import pytest

from desk import history
from models import Action


@pytest.mark.parametrize("action", list(Action))
def test_every_action_is_worded_in_both_languages(action: Action) -> None:
    assert history.said(action, "en") == action.value
    assert history.said(action, "ru") != action.value


def test_an_action_of_another_release_is_shown_as_it_was_stored() -> None:
    assert history.said("dance danced", "ru") == "dance danced"
