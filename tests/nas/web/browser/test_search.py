"""The page of a search in a real Chromium: charts, table, log, all of it live."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from nas.errors import NasError
from tests.nas.web.searches import drive

Check = Callable[[Page], None]
NewPage = Callable[..., Page]

TRIALS = 40
LIVE_LIMIT_MS = 60_000
"""Until a search has ended; how long that takes is not what is tested."""


def rows(page: Page) -> list[int]:
    found = page.locator("table.trials tbody tr").evaluate_all("rows => rows.map(row => row.dataset.number)")
    return [int(number) for number in found]


def drawn(page: Page, chart: str) -> None:
    """Waits until a chart is drawn, and has a sentence in place of the picture."""
    plot = page.locator(f"#{chart} [data-plot]")
    plot.scroll_into_view_if_needed()
    expect(plot).to_have_attribute("data-drawn", "yes")


def see_all(page: Page) -> None:
    """Looks at every part, so that what waits for that is there."""
    for chart in ("history", "scatter", "decisions"):
        drawn(page, chart)
    page.locator("#effects").scroll_into_view_if_needed()
    expect(page.locator("#effects table").first).to_be_visible()
    page.locator("#workers").scroll_into_view_if_needed()
    expect(page.locator("#workers")).to_contain_text("Nobody works on this search now")
    expect(page.locator("#pulse")).to_have_text("live")


def test_every_part_of_the_page_is_drawn_and_its_console_clean(page: Page) -> None:
    page.goto("/searches/second")
    see_all(page)
    drawn(page, "policy")
    expect(page.locator("#decisions [data-note]")).to_contain_text("windows over 20 trials")
    best = page.locator("#history [data-plot]")
    expect(best).to_have_attribute("aria-label", re.compile(r"Best reward after 20 trials: [\d.]+ %"))
    expect(page.locator("#log li").last).to_contain_text("created")


def test_a_chart_can_be_read_as_a_table(page: Page) -> None:
    page.goto("/searches/first")
    drawn(page, "history")
    page.locator("#history summary").click()
    table = page.locator("#history table")
    expect(table.locator("th").first).to_have_text("trials ended")
    expect(table.locator("tbody tr").last.locator("td").first).to_have_text("30")


def test_the_axes_of_the_trade_off_are_in_the_address(page: Page) -> None:
    page.goto("/searches/first?sort=number")
    drawn(page, "scatter")
    page.get_by_label("Across").select_option("multiply_adds")
    plot = page.locator("#scatter [data-plot]")
    expect(plot).to_have_attribute("aria-label", re.compile("against multiply-adds"))
    expect(page).to_have_url(re.compile(r"sort=number&x=multiply_adds$"))
    page.reload()
    expect(page.get_by_label("Across")).to_have_value("multiply_adds")


def test_a_click_on_a_point_opens_its_trial(page: Page) -> None:
    page.goto("/searches/first")
    drawn(page, "scatter")
    place = page.evaluate(
        """() => {
            const plot = document.querySelector("#scatter [data-plot]");
            const chart = echarts.getInstanceByDom(plot);
            const [x, y] = chart.convertToPixel({seriesIndex: 1}, chart.getOption().series[1].data[0]);
            const box = plot.getBoundingClientRect();
            return [box.left + x, box.top + y];
        }"""
    )
    page.mouse.click(*place)
    expect(page).to_have_url(re.compile(r"/searches/first/trials/\d+$"))


def test_the_table_is_filtered_sorted_and_all_of_it_is_in_the_address(page: Page) -> None:
    page.goto("/searches/first")
    page.locator("#table-filter").get_by_label("failed").check()
    expect(page.locator("table.trials tbody tr")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"\?state=failed$"))
    page.locator("#trials").get_by_role("link", name="Trial", exact=True).click()
    expect(page).to_have_url(re.compile("sort=number"))
    assert rows(page) == [5, 11, 17]
    page.reload()
    assert rows(page) == [5, 11, 17]
    expect(page.locator("#table-filter").get_by_label("failed")).to_be_checked()
    page.go_back()
    expect(page.locator("table.trials tbody tr")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"\?state=failed$"))


def test_a_range_is_typed_and_the_address_is_short(page: Page) -> None:
    page.goto("/searches/first")
    page.get_by_text("Ranges and origin").click()
    page.get_by_label("Parameters from").fill("1e9")
    page.get_by_label("Parameters from").press("Enter")
    expect(page.locator("#trials")).to_contain_text("No trial matches")
    expect(page).to_have_url(re.compile(r"/searches/first\?min_parameters=1e9$"))


def test_text_is_looked_for_while_it_is_typed(page: Page) -> None:
    page.goto("/searches/first")
    page.get_by_label("Find").press_sequentially("error")
    expect(page.locator("table.trials tbody tr")).to_have_count(3)


def test_ticks_stay_through_a_reload_and_lead_to_a_comparison(page: Page) -> None:
    page.goto("/searches/first?sort=number")
    for number in (3, 4):
        page.get_by_role("checkbox", name=f"Compare trial {number}", exact=True).check()
    expect(page).to_have_url(re.compile(r"picked=3%2C4"))
    page.reload()
    expect(page.get_by_role("checkbox", name="Compare trial 4", exact=True)).to_be_checked()
    page.locator("#table-filter").get_by_label("completed").check()
    expect(page).to_have_url(re.compile("state=completed"))
    expect(page).to_have_url(re.compile(r"picked=3%2C4"))
    page.get_by_role("button", name="Compare 2").click()
    expect(page).to_have_url(re.compile(r"/compare\?trial=first%3A3&trial=first%3A4$"))


def test_a_reload_keeps_the_place_on_the_page(page: Page) -> None:
    page.goto("/searches/first?sort=number")
    see_all(page)
    page.locator("table.trials tbody tr").nth(20).scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, Math.round(scrollY))")
    before = page.locator("table.trials tbody tr").nth(20).bounding_box()
    page.reload()
    expect(page.locator("#history [data-plot]")).to_have_attribute("data-drawn", "yes")
    expect(page.locator("table.trials tbody tr").nth(20)).to_be_in_viewport()
    assert before is not None


def test_trials_that_end_are_added_without_asking_for_everything(page: Page, driven: str) -> None:
    page.goto(f"/searches/{driven}")
    expect(page.locator("#pulse")).to_have_text("live")
    drawn(page, "history")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(_path(request)))
    expect(page.locator("#state")).to_have_text("completed", timeout=LIVE_LIMIT_MS)
    expect(page.locator("[data-live=done]")).to_have_text(str(TRIALS))
    label = re.compile(f"Best reward after {TRIALS} trials")
    expect(page.locator("#history [data-plot]")).to_have_attribute("aria-label", label)
    assert not [path for path in asked if path.endswith(("charts/history", "charts/scatter"))]


def test_a_lost_stream_is_said_and_taken_up_again(page: Page, watch: Any) -> None:
    watch.allowed.append("net::ERR_FAILED")
    page.route("**/stream*", lambda route: route.abort(), times=1)
    page.goto("/searches/first")
    expect(page.locator("#pulse")).to_have_text("reconnecting")
    expect(page.locator("#pulse")).to_have_text("live")


def test_a_chart_that_could_not_be_had_is_drawn_when_the_stream_is_back(page: Page, watch: Any) -> None:
    watch.allowed.append("net::ERR_FAILED")
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        path = _path(route.request)
        if path in refused:
            route.continue_()
        else:
            refused.append(path)
            route.abort()

    back = {"content_type": "text/event-stream", "body": "event: back\ndata: {}\n\n"}
    page.route("**/charts/*", refuse_once)
    page.route("**/stream?*", lambda route: route.fulfill(**back))
    page.goto("/searches/first")
    drawn(page, "history")
    drawn(page, "scatter")
    assert any(path.endswith("history") for path in refused)


def test_what_ends_before_the_stream_is_there_is_taken_once(page: Page) -> None:
    now = {"state": "running", "created": 32, "done": 31, "failed": 3, "best": None}
    known = {"at": 0, "number": 29, "attempt": 1, "text": "reward 0.1", "reward": 0.1, "state": "completed"}
    sent = [f"id: {90 + place}\nevent: finished\ndata: {json.dumps({**known, 'number': number, 'search': now})}\n\n"
            for place, number in enumerate((29, 31))]  # fmt: skip
    page.route(
        "**/stream?*", lambda route: route.fulfill(content_type="text/event-stream", body="".join(sent))
    )
    page.goto("/searches/first")
    drawn(page, "history")
    expect(page.locator("#history [data-plot]")).to_have_attribute(
        "aria-label", re.compile("after 31 trials")
    )
    page.locator("#history summary").click()
    last = page.locator("#history table tbody tr").last.locator("td")
    expect(last.nth(0)).to_have_text("31")
    ended = page.evaluate(
        "() => echarts.getInstanceByDom(document.querySelector('#history [data-plot]'))"
        ".getOption().series[0].data.map(one => one[2])"
    )
    assert (ended.count(29), ended.count(31)) == (1, 1)


def test_a_search_whose_trials_all_failed_has_no_empty_axes(page: Page, searched: str) -> None:
    with suppress(NasError):
        drive(searched, "broken", trials=8, evaluate="tests.nas.web.browser.driving:fail_always")
    page.goto("/searches/broken")
    expect(page.locator("#history")).to_contain_text("when the first trial has completed")
    expect(page.locator("#history canvas")).to_have_count(0)


def test_a_part_that_cannot_be_had_says_why(page: Page, watch: Any) -> None:
    watch.allowed += ["status of 422", "Response Status Error Code 422"]
    page.goto("/searches/first")
    drawn(page, "history")
    page.evaluate(
        "htmx.ajax('GET', '/searches/first/table?cursor=nonsense', {target: '#trials', swap: 'outerHTML'})"
    )
    expect(page.locator("#toasts")).to_contain_text("cursor")
    assert len(rows(page)) == 30


def test_axe_finds_nothing_and_nothing_is_too_wide(new_page: NewPage, check_looks: Check) -> None:
    page = new_page(bypass_csp=True)
    page.goto("/searches/second")
    see_all(page)
    check_looks(page)


def _path(request: Request) -> str:
    return request.url.partition("?")[0]


@pytest.fixture
def driven(searched: str) -> Iterator[str]:
    """The name of a search that a process of its own drives, for some seconds."""
    drive = {"url": searched, "name": "live", "trials": TRIALS, "epoch_seconds": 0.05}
    process = subprocess.Popen(
        [sys.executable, "-m", "nas.chaos.driver", json.dumps(drive)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:  # until the first trial has begun
        said.append(line)
        if line.startswith("started"):
            break
    else:
        raise AssertionError(f"the driver ended: {''.join(said)}")
    yield "live"
    process.communicate(timeout=60)
    assert process.returncode == 0
