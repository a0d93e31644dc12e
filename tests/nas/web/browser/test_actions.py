"""Tests of what is asked of a running search from its page: a real browser, a real server, a real driver."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from nas.storage.open import open_storage
from nas.storage.records import SearchState
from nas.trial import Origin, TrialState
from tests.nas.web.browser.conftest import CheckAxe, NewPage, Watch
from tests.nas.web.browser.driving import LOOK_SECONDS, driven


@pytest.fixture
def live(searched: str) -> Iterator[str]:
    """The URL of a database in which "live" is driven."""
    with driven(searched):
        yield searched


def says(page: Page) -> Locator:
    return page.locator("#actions-say")


def test_a_driver_is_asked_and_answers_and_the_audit_tells(live: str, page: Page, watch: Watch) -> None:
    watch.allowed.append("status of 422")
    page.goto("/searches/live")
    page.get_by_role("button", name="Pause").click()
    expect(says(page)).to_have_text("Asked to start no new trials. The driver: paused")
    with open_storage(live, read_only=True) as storage:
        assert storage.search("live").held
    page.get_by_role("button", name="Go on").click()
    expect(says(page)).to_have_text("Asked to go on. The driver: goes on")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()

    page.locator("#ask-count").fill("2")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(says(page)).to_have_text("Asked for 2 workers. The driver: 2 workers now, was 1")
    page.locator("#ask-trials").fill("77")
    page.get_by_role("button", name="Set budget").click()
    expect(says(page)).to_contain_text("the budget is 77 trials")
    with open_storage(live, read_only=True) as storage:
        assert storage.search("live").trial_budget == 77

    page.locator("#ask-count").fill("0")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(says(page)).to_contain_text("count")  # the API refuses it: the driver never hears of it
    expect(says(page)).to_have_attribute("data-kind", "bad")

    page.goto("/audit?action=ask")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.locator("td:last-child")).to_have_text(
        [re.compile("77 trials"), "2 workers now, was 1", "goes on", "paused"]
    )
    expect(rows.first.get_by_role("rowheader")).to_contain_text("@")


def test_an_architecture_is_made_from_a_trial_priced_and_added(live: str, page: Page) -> None:
    page.goto("/searches/live/trials/0")
    page.get_by_role("link", name="Try a variant").click()
    editor = page.locator("#hand")
    expect(editor.get_by_role("link", name="trial 0").first).to_be_visible()
    expect(editor.locator("#price")).to_contain_text("Tried before: trial 0")
    for select in editor.locator("select").all():
        select.select_option(index=0)
    expect(editor.locator(".changed").first).to_be_visible()
    expect(editor.locator("#price")).to_contain_text("multiply-adds")
    expect(editor.locator("#price")).to_contain_text("Not tried before")
    editor.get_by_role("button", name="Add as a trial").click()
    expect(says(page)).to_contain_text(re.compile(r"The driver: trial \d+ waits"))
    says(page).get_by_role("link").click()
    expect(page.get_by_text("added by hand", exact=True)).to_be_visible()
    number = int(page.url.rpartition("/")[2])
    with open_storage(live, read_only=True) as storage:
        trial = storage.trial(storage.search("live").search_id, number)
    assert trial.origin is Origin.HAND
    assert set(trial.architecture.tokens) == {0}


def test_stop_asks_first_and_the_search_can_be_resumed_then(live: str, page: Page) -> None:
    page.goto("/searches/live")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Keep it running").click()
    with open_storage(live, read_only=True) as storage:
        assert storage.commands(storage.search("live").search_id) == []
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop it").click()
    expect(says(page)).to_have_text("Asked to stop. The driver: stopping")
    resume = page.get_by_role("button", name="Resume the search")
    expect(resume).to_be_enabled()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    with open_storage(live, read_only=True) as storage:
        assert storage.search("live").state is SearchState.PAUSED


def test_a_failed_trial_is_retried(searched: str, page: Page) -> None:
    with driven(searched, evaluate="tests.nas.web.browser.driving:fail_first", epochs=2):
        with open_storage(searched, read_only=True) as storage:
            search_id = storage.search("live").search_id
            while not storage.failures(search_id):
                time.sleep(LOOK_SECONDS)
            (number, *_) = (t.number for t in storage.trials(search_id) if t.state is TrialState.FAILED)
        page.goto(f"/searches/live/trials/{number}")
        page.get_by_role("button", name="Retry").click()
        expect(page.locator("#trial-says")).to_contain_text(f"which is trial {number} once more")
        page.locator("#trial-says").get_by_role("link").click()
        expect(page.get_by_text("retried by hand")).to_be_visible()


def test_a_search_that_nobody_drives_offers_what_can_be_done(page: Page) -> None:
    page.goto("/searches/first")
    expect(page.get_by_role("button", name="Resume the search")).to_be_enabled()
    expect(page.get_by_role("button", name="Export the best")).to_be_enabled()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    expect(page.locator("#why-driver")).to_have_text("Nobody drives this search now.")
    page.get_by_text("Add an architecture by hand").click()
    add = page.get_by_role("button", name="Add as a trial")
    expect(add).to_be_disabled()
    expect(add).to_have_accessible_description(re.compile("Nobody drives this search"))


def test_actions_that_cannot_be_had_are_asked_for_again(page: Page, watch: Watch) -> None:
    watch.allowed.append("net::ERR_FAILED")
    page.route("**/searches/first/actions", lambda route: route.abort(), times=1)
    page.goto("/searches/first")
    expect(page.locator("#actions")).to_contain_text("cannot be had now")
    expect(page.get_by_role("button", name="Export the best")).to_be_enabled()


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desk", "dark")])
def test_axe_finds_nothing_in_the_actions(
    size: str,
    scheme: str,
    live: str,
    new_page: NewPage,
    check_axe: CheckAxe,
    check_fits: Callable[[Page], None],
) -> None:
    page = new_page(size, scheme, bypass_csp=True)
    page.goto("/searches/live?from=0")
    expect(page.locator("#price")).to_contain_text("multiply-adds")
    check_fits(page)
    check_axe(page)
