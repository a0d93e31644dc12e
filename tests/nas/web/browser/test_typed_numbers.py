"""Tests of numbers that are typed into the page of a search: what is no number takes no limit away."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from tests.nas.web.browser.conftest import Watch
from tests.nas.web.browser.driving import driven


@pytest.fixture
def live(searched: str) -> Iterator[str]:
    """The URL of a database in which "live" is driven."""
    with driven(searched):
        yield searched


def test_what_is_no_number_leaves_the_budget_as_it_is(live: str, page: Page, watch: Watch) -> None:
    watch.allowed.append("status of 422")
    says = page.locator("#actions-say")
    page.goto("/searches/live")
    for time, trials in (("1h", "200"), ("1e400", "200"), ("60", "10k")):
        page.locator("#ask-time").fill(time)
        page.locator("#ask-trials").fill(trials)
        page.get_by_role("button", name="Set budget").click()
        wrong = "trials" if trials == "10k" else "time"
        expect(says).to_have_text(re.compile(f"^{wrong}: Input should be"))
    with open_storage(live, read_only=True) as storage:
        record = storage.search("live")
        assert (record.trial_budget, record.time_budget_seconds) == (200, None)
        assert storage.commands(record.search_id) == []


def test_what_is_no_number_resumes_nothing(page: Page, watch: Watch, searched: str) -> None:
    watch.allowed.append("status of 422")
    page.goto("/searches/first")
    page.locator("#queue-trials").fill("10k")
    page.get_by_role("button", name="Resume the search").click()
    expect(page.locator("#actions-say")).to_have_text(re.compile("^trials: Input should be"))
    with open_storage(searched, read_only=True) as storage:
        assert storage.submissions() == []


def test_the_number_of_workers_shown_is_the_one_that_was_agreed(live: str, page: Page) -> None:
    page.goto("/searches/live")
    count = page.locator("#ask-count")
    count.fill("7")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#actions-say")).to_contain_text("7 workers now")
    expect(count).to_have_value("7")
