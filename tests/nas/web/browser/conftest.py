"""A real Chromium over the real service. A page that writes an error, or asks another host, fails its test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    expect,
    sync_playwright,
)

CHROMIUM = os.environ.get("NAS_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SIZES = {"phone": (360, 740), "desk": (1280, 900)}

PATIENCE = 60_000
"""Milliseconds that anything may take: a machine that runs tests is loaded, and time is no criterion."""
expect.set_options(timeout=PATIENCE)

NewPage = Callable[..., Page]
"""`new_page(size="desk", scheme="light", **options of a browser context)`: a page that is watched."""
CheckAxe = Callable[[Page], None]


class Watch:
    """What a page must not do: write errors into the console, throw, or ask another host for anything."""

    def __init__(self, base: str) -> None:
        self.host = urlsplit(base).netloc
        self.faults: list[str] = []
        self.allowed: list[str] = []
        """Parts of console errors that a test brings about on purpose, such as "status of 409"."""

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"thrown: {error}"))
        page.on("request", self._request)
        page.on("dialog", self._dialog)

    def verdict(self) -> list[str]:
        """Returns what went wrong and was not allowed."""
        return [fault for fault in self.faults if not any(part in fault for part in self.allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.faults.append(f"asked another host: {request.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a file: as long as there is one, an event loop runs in this thread, which others want for their own."""
    if not Path(CHROMIUM).exists():
        missing = f"no Chromium at {CHROMIUM}; name one in NAS_TEST_CHROMIUM"
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def watch(served: str) -> Iterator[Watch]:
    """Watches all pages of the test; `watch.allowed.append("status of 409")` for what it brings about itself."""
    watch = Watch(served)
    yield watch
    assert watch.verdict() == []


@pytest.fixture
def new_page(browser: Browser, served: str, watch: Watch) -> Iterator[NewPage]:
    contexts: list[BrowserContext] = []

    def make(size: str = "desk", scheme: str = "light", **options: Any) -> Page:
        width, height = SIZES[size]
        options = {"base_url": served, "color_scheme": scheme, "reduced_motion": "reduce", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A light page at a desk, 1280 wide."""
    return new_page()


@pytest.fixture
def check_axe() -> CheckAxe:
    """Fails on any violation that axe finds on a page, which needs `bypass_csp=True`: axe goes in as a script."""

    def check(page: Page) -> None:
        if not page.evaluate("() => 'axe' in window"):
            page.add_script_tag(path=str(AXE))
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        assert [_told(violation) for violation in found["violations"]] == []

    return check


def _told(violation: dict[str, Any]) -> str:
    """Returns one violation as a line: what, and at which elements."""
    places = "; ".join(
        f"{node['html'][:160]} ({node['failureSummary'][:200]})" for node in violation["nodes"][:3]
    )
    return f"{violation['id']}: {violation['help']}: {places}"


@pytest.fixture
def check_fits() -> Callable[[Page], None]:
    """Fails where something is wider than the window: the page itself must never scroll sideways."""

    def check(page: Page) -> None:
        wider = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, f"{page.url} is {wider} px wider than its window"

    return check


@pytest.fixture
def check_looks(check_axe: CheckAxe, check_fits: Callable[[Page], None]) -> Callable[[Page], None]:
    """Checks a page, made with `bypass_csp=True`, by axe and for its width: light, dark, on a phone, at a desk."""

    def check(page: Page) -> None:
        for scheme in ("light", "dark"):
            for width, height in SIZES.values():
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": height})
                check_fits(page)
                check_axe(page)

    return check
