"""Tests of the page of a trial in a real browser."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from tests.nas.web.browser.conftest import CheckAxe, NewPage, Watch
from tests.nas.web.browser.driving import driven

COMPLETED, FAILED = "/searches/first/trials/12", "/searches/first/trials/5"


def test_a_trial_shows_its_network_curve_decisions_and_figures(page: Page) -> None:
    page.goto(COMPLETED)
    expect(page.locator("h1")).to_have_text("Trial 12")
    drawing = page.get_by_role("img", name=re.compile("Drawing of trial 12. Normal cell: "))
    expect(drawing).to_be_visible()
    assert drawing.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    expect(page.locator("#curve svg")).to_be_visible()
    page.get_by_text("Numbers", exact=True).click()
    expect(page.locator("#epochs tr")).to_have_count(4)
    expect(page.get_by_role("row", name=re.compile(r"normal\.block0\.left_op"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"rank \d+ of 27"))).to_be_visible()
    expect(page.get_by_text("Made from", exact=True)).to_be_visible()


def test_the_drawing_opens_large_and_is_whole(page: Page) -> None:
    page.goto(COMPLETED)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open large").click()
    answer = page.request.get(opened.value.url)
    assert ElementTree.fromstring(answer.text()).tag.endswith("svg")


def test_layers_are_fetched_when_they_are_unfolded(page: Page) -> None:
    page.goto(COMPLETED)
    expect(page.locator("table.layers")).to_have_count(0)
    page.locator("summary", has_text="Costs by layer").click()
    expect(page.locator("table.layers tbody tr").first).to_be_visible()
    expect(page.locator(".layers-body")).to_contain_text("multiply-adds for one picture")


def test_the_next_by_number_and_by_rank(page: Page, searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        ranked = [one.number for one in storage.leaderboard(storage.search("first").search_id, 30)]
    page.goto(f"/searches/first/trials/{ranked[0]}")
    expect(page.get_by_text("rank 1 of 27")).to_be_visible()
    expect(page.locator("#better")).to_have_count(0)
    for place, number in enumerate(ranked[1:4], start=2):
        page.locator("#worse").click()
        expect(page.locator("h1")).to_have_text(f"Trial {number}")
        expect(page.get_by_text(f"rank {place} of 27")).to_be_visible()
    page.locator("#better").click()
    expect(page.locator("h1")).to_have_text(f"Trial {ranked[2]}")
    page.locator("a[rel=next]").click()
    expect(page.locator("h1")).to_have_text(f"Trial {ranked[2] + 1}")


def test_a_failed_trial_says_why_and_what_cannot_be_asked_now(page: Page) -> None:
    page.goto(FAILED)
    expect(page.locator(".notice pre")).to_contain_text("ValueError: <b>job 6</b>")
    expect(page.locator(".notice b")).to_have_count(0)
    retry = page.get_by_role("button", name="Retry")
    expect(retry).to_be_disabled()
    expect(retry).to_have_accessible_description(re.compile("Nobody drives the search"))
    expect(page.get_by_role("button", name="Export")).to_be_disabled()


def test_a_trial_of_a_policy_says_how_likely_it_was_drawn(page: Page) -> None:
    page.goto("/searches/second/trials/9")
    expect(page.locator("#decisions-head + .note")).to_contain_text("drawn with probability")
    expect(page.get_by_text(re.compile(r"^version \d"))).to_be_visible()


def test_a_trial_in_training_grows_and_ends_before_ones_eyes(page: Page, searched: str) -> None:
    with driven(searched, epochs=25, epoch_seconds=0.2):
        page.goto("/searches/live/trials/0")
        expect(page.locator("#trial")).to_have_attribute("data-state", "running")
        page.evaluate("window.isTheSamePage = true")
        expect(page.locator("#epochs tr").nth(1)).to_be_attached()
        expect(page.locator("#curve svg")).to_be_visible()
        expect(page.locator("#trial")).to_have_attribute("data-state", "completed")
        expect(page.locator("#epochs tr")).to_have_count(25)
        assert page.evaluate("window.isTheSamePage")


def test_a_trial_that_there_is_not(page: Page, watch: Watch) -> None:
    watch.allowed.append("status of 404")
    answer = page.goto("/searches/first/trials/999")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("999")


@pytest.mark.parametrize(("size", "scheme"), [("desk", "light"), ("phone", "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    size: str, scheme: str, new_page: NewPage, check_axe: CheckAxe, check_fits: Callable[[Page], None]
) -> None:
    page = new_page(size, scheme, bypass_csp=True)
    for path in (COMPLETED, FAILED):
        page.goto(path)
        page.locator("summary", has_text="Costs by layer").click()
        expect(page.locator("table.layers")).to_be_visible()
        check_fits(page)
        check_axe(page)
