"""Tests of the page that lays searches and trials side by side, in a real browser."""

import re
from collections.abc import Callable
from dataclasses import fields

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import NewSearch, SearchRecord, SearchState, TrainingRecord
from tests.nas.web.browser.conftest import CheckAxe, NewPage

SEARCHES = "/compare?search=first&search=second"
TRIALS = "/compare?trial=first:3&trial=first:9"


def like(record: SearchRecord, name: str) -> NewSearch:
    """Returns a search like another one, that is yet to begin."""
    shared = {key.name: getattr(record, key.name) for key in fields(NewSearch)}
    return NewSearch(**{**shared, "name": name})


def test_searches_are_chosen_and_laid_side_by_side(page: Page) -> None:
    page.goto("/compare")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("h1")).to_have_text("second against first")  # the newest first, as in the list
    expect(page.locator("#curves svg")).to_be_visible()
    strategies = page.get_by_role("row", name=re.compile("^Strategy ")).locator("td")
    expect(strategies).to_have_text(["reinforce", "evolution"])
    differing = page.get_by_role("row", name=re.compile("^budget.trials")).locator("td")
    expect(differing).to_have_text(["20", "30"])
    expect(page.get_by_role("row", name=re.compile("^recipe"))).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("^Test accuracy"))).to_contain_text("not tested")


def test_tested_networks_are_compared_with_their_intervals(page: Page, searched: str) -> None:
    with open_storage(searched) as storage:
        for name, correct in (("first", 297), ("second", 250)):
            record = storage.search(name)
            number = storage.architectures(record.search_id, 1)[0].first_number
            training = TrainingRecord(number, 0, {}, correct, 300, 1400, 1.0, 1000, 10_000, "cpu", {})
            storage.save_training(record.search_id, training)
    page.goto(SEARCHES)
    row = page.get_by_role("row", name=re.compile("^Test accuracy"))
    expect(row).to_contain_text("99.00 %")
    expect(row).to_contain_text("95 %: 97.1 % to 99.7 %")  # Wilson 1927 for 297 of 300
    expect(page.get_by_text(re.compile("Test accuracy of first over second"))).to_contain_text("better")


def test_two_trials_decision_by_decision(page: Page) -> None:
    page.goto(TRIALS)
    expect(page.locator("h1")).to_have_text("Trial 3 against trial 9")
    drawing = page.get_by_role("img", name=re.compile("^Both networks in one drawing"))
    assert drawing.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    marked = page.locator("tr.differs")
    lede = page.locator(".lede").inner_text()
    assert marked.count() == int(lede.split(" of ")[0]) > 0
    for row in marked.all():
        one, other = row.locator("td").all_inner_texts()
        assert one != other
    for row in page.locator("section:has(#decisions-head) tbody tr:not(.differs)").all():
        one, other = row.locator("td").all_inner_texts()
        assert one == other


def test_more_than_two_trials_of_several_searches(page: Page) -> None:
    page.goto(f"{TRIALS}&trial=second:4")
    expect(page.locator("section:has(#measures-head) thead th a")).to_have_text(
        ["first 3", "first 9", "second 4"]
    )
    expect(page.get_by_role("img", name=re.compile("^Drawing of trial"))).to_have_count(3)


def test_a_search_without_a_result_is_compared_all_the_same(page: Page, searched: str) -> None:
    with open_storage(searched) as storage:
        record = storage.search("first")
        storage.create_search(like(record, "empty"))
        lease = storage.acquire(storage.search("empty").search_id, current_owner(), seconds=60)
        storage.release(lease, SearchState.PAUSED)
    page.goto("/compare?search=empty&search=first")
    expect(page.get_by_role("row", name=re.compile("^Reward")).locator("td").first).to_have_text("-")
    expect(page.locator("#curves svg")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [("desk", "dark"), ("phone", "light")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    size: str, scheme: str, new_page: NewPage, check_axe: CheckAxe, check_fits: Callable[[Page], None]
) -> None:
    page = new_page(size, scheme, bypass_csp=True)
    for path in ("/compare", SEARCHES, TRIALS):
        page.goto(path)
        check_fits(page)
        check_axe(page)
