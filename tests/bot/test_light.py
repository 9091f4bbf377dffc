"""What commands without Telegram import costs no aiogram."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["bot", "bot.locales.extract", "bot.text", "bot.format", "bot.group", "bot.limits"])
def test_a_light_module_imports_no_aiogram(module: str) -> None:
    code = f"import sys, {module}; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
