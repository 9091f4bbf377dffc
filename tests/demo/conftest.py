"""One demo and one browser for the tests that only look and act, since each takes seconds to start."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.demo.browser import Tab, browser
from tests.demo.playing import Demo, demo


@pytest_asyncio.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with demo(tmp_path_factory.mktemp("demo")) as found:
        yield found


@pytest_asyncio.fixture(scope="module")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tab]:
    async with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest_asyncio.fixture
async def tab(running: Demo, chromium: Tab) -> AsyncIterator[Tab]:
    """The page, freshly opened in English at 1280 px; it must not have complained of anything by the end."""
    await chromium.resize(1280, 800)
    await chromium.open(running.url)
    await chromium.until("!!document.querySelector('.panes')", "the panes")
    await chromium.click(".languages button", "EN")
    chromium.complaints.clear()
    yield chromium
    assert not chromium.complaints
    assert not [url for url in chromium.asked if not url.startswith((running.url, "blob:", "data:", "about:"))]
