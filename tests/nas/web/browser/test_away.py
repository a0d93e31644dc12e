"""Tests of pages whose database goes away: they say so, and that it is back."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from tests.nas.web.browser.conftest import Watch


@pytest.mark.parametrize("address", ["/", "/searches/first"])
def test_a_database_that_is_away_is_not_called_live(
    page: Page, watch: Watch, searched: str, address: str
) -> None:
    watch.allowed += ["status of 503", "Status Error Code 503"]
    with open_storage(searched):  # the last to close it leaves one file
        pass
    database = Path(searched.removeprefix("sqlite:///"))
    page.goto(address)
    pulse = page.locator("#pulse")
    expect(pulse).to_have_text("live")
    moved = database.rename(database.with_suffix(".moved"))
    expect(pulse).to_have_text("database away")
    moved.rename(database)
    expect(pulse).to_have_text("live")
