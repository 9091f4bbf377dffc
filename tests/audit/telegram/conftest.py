"""The bot at work, as in tests/bot."""

from tests.bot.conftest import bench, now, plain_tracebacks, server

__all__ = ["bench", "now", "plain_tracebacks", "server"]
