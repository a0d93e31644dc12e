"""A browser that has to show a token, signs out again, and asks for what there is not."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from nas.storage.records import TokenScope
from nas.web.tokens import new_token
from tests.nas.web.browser.conftest import NewPage, Watch


def test_in_by_a_token_and_out_again(page: Page, served: str, searched: str) -> None:
    with open_storage(searched) as storage:
        token, _ = new_token(storage, "laptop", TokenScope.READ, "me@here")
    page.goto(f"{served}/audit")
    expect(page).to_have_url(f"{served}/login?next=%2Faudit")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{served}/audit")
    expect(page.locator(".actor")).to_have_text("token:laptop (read only)")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{served}/login")
    page.goto(f"{served}/audit")
    expect(page).to_have_url(f"{served}/login?next=%2Faudit")


def test_what_is_not_there_is_a_page_too(
    new_page: NewPage, served: str, watch: Watch, check_looks: Callable[[Page], None]
) -> None:
    watch.allowed.append("status of 404")
    page = new_page(bypass_csp=True)
    page.goto(f"{served}/searches/frist")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    expect(page.get_by_role("main")).to_contain_text("Did you mean 'first'?")
    check_looks(page)
    page.get_by_role("main").get_by_role("link").click()
    expect(page).to_have_url(f"{served}/")
