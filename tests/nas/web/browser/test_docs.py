"""The page of the API: drawn without another host, without a breach of the policy, and of use."""

from playwright.sync_api import Page, expect


def test_the_api_can_be_read_and_tried(page: Page, served: str) -> None:
    page.goto(f"{served}/docs")
    expect(page).to_have_title("API - nas")
    expect(page.locator(".opblock").first).to_be_visible()
    assert page.locator(".opblock").count() > 20
    ready = page.locator("#operations-health-readyz_readyz_get")
    ready.locator("button.opblock-summary-control").click()
    ready.get_by_role("button", name="Try it out").click()
    ready.get_by_role("button", name="Execute").click()
    expect(ready.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
