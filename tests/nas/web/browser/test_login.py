"""Tests of signing in, and of what a token that only reads may do, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from nas.storage.open import open_storage
from nas.storage.records import TokenScope
from nas.web.settings import WebSettings
from nas.web.tokens import new_token
from tests.nas.web.browser.conftest import CheckAxe, NewPage, Watch


@pytest.fixture
def web_settings(searched: str) -> WebSettings:
    return WebSettings(searched, port=0, require_token=True)


def token_of(url: str, scope: TokenScope) -> str:
    with open_storage(url) as storage:
        return new_token(storage, f"for-{scope}", scope, "ann@host")[0]


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_whoever_comes_without_a_token_signs_in_and_gets_to_where_they_wanted(
    page: Page, searched: str
) -> None:
    token = token_of(searched, TokenScope.WRITE)
    page.goto("/searches/first/trials/3")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("nas token create")).to_be_visible()
    expect(page.get_by_label("Token")).to_be_focused()
    sign_in(page, "nas_wrong")
    expect(page.get_by_role("alert")).to_contain_text("no token of this server")
    sign_in(page, token)
    expect(page.locator("h1")).to_have_text("Trial 3")
    expect(page.locator("#curve svg")).to_be_visible()
    assert token not in page.content()
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_token_that_only_reads_sees_why_it_cannot_act(page: Page, searched: str) -> None:
    page.goto("/searches/first")
    sign_in(page, token_of(searched, TokenScope.READ))
    export = page.get_by_role("button", name="Export the best")
    expect(export).to_be_disabled()
    expect(page.locator("#why-driver")).to_contain_text("may only read")
    page.goto("/searches/first/trials/3")
    expect(page.get_by_role("button", name="Export")).to_have_accessible_description(
        re.compile("may only read")
    )
    page.goto("/new")
    expect(page.get_by_role("button", name="Start search")).to_be_disabled()


def test_a_revoked_token_ends_the_session(page: Page, searched: str, watch: Watch) -> None:
    watch.allowed.append("status of 401")
    page.goto("/queue")
    sign_in(page, token_of(searched, TokenScope.WRITE))
    expect(page.get_by_role("heading", name="Queue", exact=True)).to_be_visible()
    with open_storage(searched) as storage:
        storage.revoke_token("for-write", "ann@host")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desk", "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    size: str, scheme: str, new_page: NewPage, check_axe: CheckAxe, check_fits: Callable[[Page], None]
) -> None:
    page = new_page(size, scheme, bypass_csp=True)
    page.goto("/login?problem=wrong")
    check_fits(page)
    check_axe(page)
