"""Tests of the page of what was handed in, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from nas.storage.records import SubmissionKind, SubmissionState
from nas.web.settings import WebSettings
from tests.nas.web.browser.conftest import CheckAxe, NewPage


@pytest.fixture
def web_settings(searched: str) -> WebSettings:
    """A server that runs nothing: what is handed in waits until the test does something about it."""
    return WebSettings(searched, port=0, max_searches=0)


def test_without_anything_handed_in_it_says_how_to(page: Page) -> None:
    page.goto("/queue")
    expect(page.get_by_role("heading", name="Nothing was handed in")).to_be_visible()
    expect(page.get_by_text("--max-searches 0")).to_be_visible()


def test_what_waits_can_be_cancelled_and_what_runs_is_followed(page: Page, searched: str) -> None:
    with open_storage(searched) as storage:
        waiting = storage.add_submission(SubmissionKind.RESUME, "first", {"trials": 50}, "ann@host")
        running = storage.add_submission(SubmissionKind.EXPORT, "second", {"number": None}, "bob@host")
        page.goto("/queue")
        row = page.locator(f"#submission-{waiting.submission_id}")
        expect(row).to_contain_text("trials 50")
        row.get_by_role("button", name="Cancel").click()
        expect(row.locator(".badge")).to_have_text("cancelled")
        expect(page.locator("#queue-says")).to_contain_text("is cancelled")
        assert storage.submission(waiting.submission_id).state is SubmissionState.CANCELLED

        followed = page.locator(f"#submission-{running.submission_id}")
        storage.claim_submission("host:1:2", at_most=1)
        expect(followed.locator(".badge")).to_have_text("running")
        storage.end_submission(running.submission_id, 1, "the disk is full")
        expect(followed.locator(".badge")).to_have_text("ended, exit 1")
        expect(followed.locator(".message")).to_have_text("the disk is full")


def test_many_are_paged(page: Page, searched: str) -> None:
    with open_storage(searched) as storage:
        for number in range(55):
            storage.add_submission(SubmissionKind.SEARCH, f"s{number}", {}, "ann@host")
            storage.cancel_submission(number + 1, "ann@host")
    page.goto("/queue")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Older ones").click()
    expect(page.locator("tbody tr")).to_have_count(5)


def test_the_form_says_why_it_cannot_be_sent(page: Page) -> None:
    page.goto("/new")
    button = page.get_by_role("button", name="Start search")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile("--max-searches 0"))


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desk", "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    size: str,
    scheme: str,
    searched: str,
    new_page: NewPage,
    check_axe: CheckAxe,
    check_fits: Callable[[Page], None],
) -> None:
    with open_storage(searched) as storage:
        storage.add_submission(SubmissionKind.SEARCH, "waits", {"name": "waits"}, "ann@host")
    page = new_page(size, scheme, bypass_csp=True)
    for path in ("/queue?submission=1", "/audit"):
        page.goto(path)
        check_fits(page)
        check_axe(page)
