"""Tests of the form for a new search in a real browser, and of what becomes of what is handed in."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from nas.storage.records import SubmissionKind
from nas.web.settings import WebSettings
from tests.nas.web.browser.conftest import CheckAxe, NewPage, Watch


@pytest.fixture
def web_settings(searched: str, tmp_path: Path) -> WebSettings:
    """One data set has no place: what is handed in for it is never trained, however soon it is run."""
    datasets = {"digits": "digits", "pets": "/nowhere/pets"}
    return WebSettings(searched, port=0, datasets=datasets, exports=tmp_path / "exports")


def test_all_problems_stand_at_their_fields_and_what_was_typed_stays(page: Page, watch: Watch) -> None:
    watch.allowed.append("status of 422")
    page.goto("/new")
    page.get_by_label("Name").fill("not a name")
    page.get_by_label("Trials", exact=True).fill("many")
    page.get_by_text("More settings").click()
    page.locator("#field-workers-beat").fill("-3")
    page.locator("#field-strategy-settings").fill("population = 10\nsample = 3")
    page.get_by_role("button", name="Start search").click()
    problems = page.get_by_role("alert")
    expect(problems).to_be_focused()
    expect(problems.get_by_role("link")).to_have_count(3)
    for key in ("name", "budget-trials", "workers-beat"):
        field = page.locator(f"#field-{key}")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile("expected|should", re.IGNORECASE))
    expect(page.get_by_label("Name")).to_have_value("not a name")
    expect(page.locator("#field-strategy-settings")).to_have_value("population = 10\nsample = 3")
    problems.get_by_role("link", name=re.compile("budget.trials")).click()
    expect(page.locator("#field-budget-trials")).to_be_focused()


def test_the_settings_shown_are_those_of_the_chosen_space(page: Page) -> None:
    page.goto("/new")
    page.get_by_text("More settings").click()
    expect(page.locator("#cell-field-space-settings-blocks")).to_be_visible()
    page.get_by_label("Space", exact=True).select_option("nasbench201")
    expect(page.locator("#cell-field-space-settings-blocks")).to_be_hidden()
    expect(page.locator("#nasbench201-field-space-settings-filters")).to_be_visible()


def test_a_taken_name_is_said_and_nothing_is_handed_in(page: Page, watch: Watch, searched: str) -> None:
    watch.allowed.append("status of 409")
    page.goto("/new")
    page.get_by_label("Name").fill("first")
    page.get_by_role("button", name="Start search").click()
    expect(page.get_by_role("alert")).to_contain_text("first")
    with open_storage(searched, read_only=True) as storage:
        assert storage.submissions() == []


def test_what_is_handed_in_is_followed_to_its_end(page: Page, searched: str) -> None:
    page.goto("/new?name=fresh&budget.trials=7")
    expect(page.get_by_label("Trials", exact=True)).to_have_value("7")
    page.get_by_label("Data set").select_option("pets")
    page.get_by_label("Strategy").fill("evolution")
    page.get_by_label("Space", exact=True).select_option("toy")
    page.get_by_text("More settings").click()
    page.locator("#toy-field-space-settings-blocks").fill("2")
    page.locator("#field-strategy-settings").fill('population = 5\nsample = "2"')
    page.locator("#field-data-size").fill("16 x 16")
    page.locator("#field-data-skip_bad").select_option("yes")
    page.get_by_role("button", name="Start search").click()
    row = page.get_by_role("row", name=re.compile("fresh"))
    expect(row).to_have_attribute("aria-selected", "true")
    with open_storage(searched, read_only=True) as storage:
        (submission,) = storage.submissions()
    assert submission.kind is SubmissionKind.SEARCH
    given = submission.arguments
    assert given["budget"] == {"trials": 7}
    assert given["space"] == {"name": "toy", "settings": {"blocks": 2}}
    assert given["strategy"]["settings"]["population"] == 5  # type: ignore[index]
    assert given["data"] == {"dataset": "pets", "size": [16, 16], "skip_bad": True}
    # There are no such pictures, which the process that is run for it says.
    expect(row.locator(".badge")).to_contain_text("ended, exit 2")
    expect(row.locator(".message")).to_contain_text("pets")


@pytest.mark.parametrize(("size", "scheme"), [("desk", "light"), ("phone", "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    size: str,
    scheme: str,
    new_page: NewPage,
    check_axe: CheckAxe,
    check_fits: Callable[[Page], None],
    watch: Watch,
) -> None:
    watch.allowed.append("status of 422")
    page = new_page(size, scheme, bypass_csp=True)
    page.goto("/new")
    page.get_by_text("More settings").click()
    page.get_by_role("button", name="Start search").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_fits(page)
    check_axe(page)
