"""The demo's clock can be moved on, and remembers it."""

from datetime import timedelta

import pytest

from app.timepiece import MovableTimepiece, SystemTimepiece


def test_a_moved_clock_is_still_moved_after_a_restart(tmp_path):
    file = tmp_path / "demo" / "clock.json"
    MovableTimepiece(file).move(timedelta(days=30))
    ahead = MovableTimepiece(file)() - SystemTimepiece()()
    assert abs(ahead - timedelta(days=30)) < timedelta(minutes=1)


def test_time_does_not_go_back(tmp_path):
    with pytest.raises(ValueError, match="forward"):
        MovableTimepiece(tmp_path / "clock.json").move(timedelta(seconds=-1))


def test_the_clock_is_aware_and_in_utc():
    assert SystemTimepiece()().utcoffset() == timedelta(0)
