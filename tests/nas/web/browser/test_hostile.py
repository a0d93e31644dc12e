"""Tests that no text of somebody else's is obeyed by a page: it is shown, letter by letter."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from nas.trial import TrialState
from nas.web.settings import WebSettings
from tests.nas.web.browser.conftest import Watch
from tests.nas.web.browser.hostile import TEXT, add_hostile

MARK = "<script>alert(1)</script>"


@pytest.fixture
def web_settings(searched: str) -> WebSettings:
    add_hostile(searched)
    return WebSettings(searched, port=0, max_searches=0, datasets={TEXT: TEXT, "digits": "digits"})


def trial_in(url: str, state: TrialState) -> int:
    with open_storage(url, read_only=True) as storage:
        trials = storage.trials(storage.search("hostile").search_id)
    return next(trial.number for trial in trials if trial.state is state)


def check_harmless(page: Page) -> None:
    """Nothing of the text has become an element: the watch sees dialogs, errors and foreign requests."""
    page.wait_for_load_state("load")
    assert page.locator("img[src=x]").count() == 0
    scripts = page.locator('script:not([type="application/json"])').evaluate_all(
        "all => all.map(one => one.textContent.trim()).filter(Boolean)"
    )
    assert scripts == []
    assert "49" not in page.locator("main").inner_text().split()


def test_a_failed_trial(page: Page, searched: str) -> None:
    page.goto(f"/searches/hostile/trials/{trial_in(searched, TrialState.FAILED)}")
    expect(page.locator(".notice pre")).to_contain_text(MARK)
    expect(page.locator(".notice pre")).to_contain_text("{{7*7}}")
    page.get_by_text("What it raised").click()
    check_harmless(page)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/searches/facts",
        "/searches/hostile",
        "/queue",
        "/audit",
        "/new",
        "/compare?search=facts&search=hostile",
        "/compare",
    ],
)
def test_every_page_that_shows_such_texts(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("body")).to_contain_text(
        "onerror=alert(2)" if path != "/searches/hostile" else "hostile"
    )
    check_harmless(page)


def test_trials_side_by_side(page: Page, searched: str) -> None:
    numbers = [trial_in(searched, state) for state in (TrialState.COMPLETED, TrialState.FAILED)]
    page.goto("/compare?" + "&".join(f"trial=hostile:{number}" for number in numbers))
    expect(page.get_by_role("row", name="Worker").first).to_contain_text(MARK)
    check_harmless(page)


def test_what_an_address_says_is_shown_as_it_is(page: Page, watch: Watch) -> None:
    watch.allowed += ["status of 422", "status of 404"]
    text = quote(TEXT, safe="")
    page.goto(f"/audit?by={text}&search={text}")
    expect(page.get_by_label("By")).to_have_value(TEXT)
    check_harmless(page)
    page.goto(f"/new?name={text}")
    expect(page.get_by_label("Name")).to_have_value(TEXT)
    check_harmless(page)
    page.goto(f"/login?problem=wrong&next={text}")
    check_harmless(page)
    page.goto(f"/searches/{text}")
    check_harmless(page)
    page.goto(f"/compare?trial={text}:1&trial=first:2")
    check_harmless(page)
