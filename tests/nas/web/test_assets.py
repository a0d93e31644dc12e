"""Files beside the pages: kept by browsers, and asked about each time."""

from fastapi.testclient import TestClient


def test_a_browser_asks_each_time_whether_a_file_is_still_as_it_was(client: TestClient) -> None:
    first = client.get("/static/nas.css")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/static/nas.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
