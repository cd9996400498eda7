"""What every test shares: one thread, so that tests side by side do not wait for each other, and a browser.

Property tests take the same examples each time; `pytest --hypothesis-profile default` looks for new ones.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import settings

from browser import CHROMIUM

torch.set_num_threads(1)
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, once for all pages of a module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
