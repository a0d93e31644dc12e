"""The list of searches in a real Chromium: filter, order, ticks, live."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import SearchState
from tests.nas.web.searches import drive

Check = Callable[[Page], None]
NewPage = Callable[..., Page]


def names(page: Page) -> list[str]:
    return page.locator("table.listing tbody tr a.name").all_inner_texts()


def test_the_list_is_live_and_its_console_clean(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_title("Searches · nas")
    expect(page.locator("#pulse")).to_have_text("live")
    assert names(page) == ["second", "first"]
    expect(page.get_by_role("row", name="first")).to_contain_text("30 of 30")


def test_what_is_typed_filters_the_list_and_is_in_the_address(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Filter").fill("evolution")
    expect(page.locator("table.listing tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?text=evolution"))
    page.reload()
    assert names(page) == ["first"]
    expect(page.get_by_label("Filter")).to_have_value("evolution")


def test_a_heading_sorts_the_list(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Trials", exact=True).click()
    expect(page).to_have_url(re.compile("sort=-done"))
    assert names(page) == ["first", "second"]
    heading = page.get_by_role("columnheader", name="Trials", exact=True)
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_two_ticks_can_be_compared(page: Page) -> None:
    page.goto("/")
    button = page.get_by_role("button", name="Compare")
    expect(button).to_be_disabled()
    for name in ("first", "second"):
        page.get_by_role("checkbox", name=f"Compare {name}").check()
    expect(page.locator("#ticked")).to_have_text("2 ticked")
    button.click()
    expect(page).to_have_url(re.compile(r"/compare\?search=second&search=first$"))


def test_ticks_survive_a_filter(page: Page) -> None:
    page.goto("/")
    page.get_by_role("checkbox", name="Compare first").check()
    page.get_by_label("Filter").fill("first")
    expect(page.locator("table.listing tbody tr")).to_have_count(1)
    expect(page.get_by_role("checkbox", name="Compare first")).to_be_checked()


def test_a_search_that_begins_appears_by_itself(page: Page, searched: str) -> None:
    page.goto("/")
    expect(page.locator("#pulse")).to_have_text("live")
    drive(searched, "third", trials=5)
    row = page.get_by_role("row", name="third")
    expect(row).to_contain_text("5 of 5")
    expect(row.locator(".badge")).to_have_text("completed")


def test_the_focus_stays_where_it_is_when_a_line_changes(page: Page, searched: str) -> None:
    page.goto("/")
    expect(page.locator("#pulse")).to_have_text("live")
    link, box = (
        page.get_by_role("link", name="first", exact=True),
        page.get_by_role("checkbox", name="Compare first"),
    )
    badge = page.get_by_role("row", name="first").locator(".badge")
    with open_storage(searched) as storage:
        link.focus()
        lease = storage.acquire(storage.search("first").search_id, current_owner(), seconds=60)
        expect(badge).to_have_text("running")
        expect(link).to_be_focused()
        box.focus()
        storage.release(lease, SearchState.PAUSED)
        expect(badge).to_have_text("stopped")
        expect(box).to_be_focused()


def test_the_keyboard_reaches_a_search(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="first", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("first")


def test_axe_finds_nothing_and_nothing_is_too_wide(new_page: NewPage, check_looks: Check) -> None:
    page = new_page(bypass_csp=True)
    page.goto("/")
    expect(page.locator("#pulse")).to_have_text("live")
    check_looks(page)
