"""What every request passes: names, sites, bodies, methods; and what every answer says to the browser."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

from nas.storage.refusals import search_exists, unknown_search
from nas.web.bodies import LARGEST_BYTES, MOST_VALUES, read_body
from nas.web.guard import HEADERS, host_name
from nas.web.problems import MOST_FAULTS, Problem, problem_of
from nas.web.settings import WebSettings

JSON = {"Content-Type": "application/json"}
PROBLEM = "application/problem+json"
ACT = "/api/v1/act"


class Act(BaseModel, extra="forbid"):
    """A body as routes have them."""

    name: str = Field("", max_length=20)
    count: int = Field(1, ge=1, le=10)
    rest: dict[str, Any] = {}


router = APIRouter()


@router.post(ACT)
def act(body: Act) -> Act:
    return body


@router.delete(ACT)
def undo() -> str:
    return "undone"


@router.get("/api/v1/fail")
def fail() -> str:
    raise RuntimeError("postgresql://me:geheim@host/nas\nwas not expected")


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """The service with a few routes more; what a route raises does not reach the test, but the log."""
    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield client


def test_every_answer_forbids_what_no_page_of_ours_needs(client: TestClient) -> None:
    for path in ("/healthz", "/docs", "/static/docs.js", "/no/such/page", "/api/v1/fail"):
        headers = client.get(path).headers
        assert set(HEADERS) <= {name.title() for name in headers} | {"X-Content-Type-Options"}, path
        assert headers["content-security-policy"].startswith("default-src 'self'; "), path
        assert "unsafe" not in headers["content-security-policy"], path
        assert not [name for name in headers if name.startswith("access-control")], path
    assert client.get("/static/docs.js").headers["cache-control"] == "no-cache"
    assert client.get("/healthz").headers["cache-control"] == "no-store"


# Names


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8765", "LOCALHOST", "[::1]:8765"])
def test_it_answers_to_its_names(host: str, client: TestClient) -> None:
    assert client.get("/openapi.json", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8765",
        "",
        "a@127.0.0.1",
        "127.0.0.1:x",
        "10.0.0.1",
    ],
)
def test_it_does_not_answer_to_others(host: str, client: TestClient) -> None:
    answer = client.get("/openapi.json", headers={"Host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert "--allow-host" in answer.json()["detail"]
    assert "evil" not in answer.text


def test_a_probe_needs_no_name(client: TestClient) -> None:
    assert client.get("/healthz", headers={"Host": "10.1.2.3:8765"}).status_code == 200


def test_names_can_be_added_and_beyond_loopback_addresses_will_do(searched: str) -> None:
    settings = WebSettings(searched, host="0.0.0.0", allowed_hosts=("nas.example",))
    assert settings.allows_host("nas.example")
    assert settings.allows_host("NAS.example.")
    assert settings.allows_host("10.0.0.7")
    assert settings.allows_host("fe80::1")
    assert not settings.allows_host("other.example")
    assert not WebSettings(searched).allows_host("10.0.0.7")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a:1", "a"),
        ("[::1]", "::1"),
        ("a/b", None),
        ("a:", "a"),
        ("a:99999", None),
        ("[::1", None),
        ("a b", "a b"),
    ],
)
def test_the_name_in_a_host(host: str, name: str | None) -> None:
    assert host_name(host) == name


# Sites


@pytest.mark.parametrize("site", ["cross-site", "same-site", "rubbish"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH", "BREW"])
def test_another_site_changes_nothing(site: str, method: str, client: TestClient) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert client.request(method, ACT, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1.evil.example"]
)
def test_nor_does_it_by_a_browser_that_only_knows_origins(origin: str, client: TestClient) -> None:
    assert client.post(ACT, json={}, headers={"Origin": origin}).status_code == 403
    assert client.delete(ACT, headers={"Origin": origin}).status_code == 403


def test_our_own_pages_and_programs_do(client: TestClient) -> None:
    for headers in (
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        assert client.post(ACT, json={}, headers=headers).status_code == 200, headers
        assert client.delete(ACT, headers=headers).status_code == 200, headers


def test_another_site_may_lead_to_a_page_but_not_use_its_parts(client: TestClient) -> None:
    from_afar = {"Sec-Fetch-Site": "cross-site"}
    assert client.get("/docs", headers={**from_afar, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert client.get("/openapi.json", headers={**from_afar, "Sec-Fetch-Mode": "no-cors"}).status_code == 403


# Bodies


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"name": ', 400, "offset 9"),
        (b"", 400, "empty"),
        (b"   ", 400, "empty"),
        (b"[1]", 400, "object"),
        (b'"text"', 400, "object"),
        (b'{"name": "\xff"}', 400, "UTF-8, got something else at offset 10"),
        (b'{"rest": {"a": NaN}}', 422, "finite"),
        (b'{"rest": {"a": -Infinity}}', 422, "finite"),
        (b'{"rest": {"a": 1e400}}', 422, "finite"),
        (b'{"name": "\\ud800"}', 422, "surrogate"),
        (b'{"rest": {"\\udfff": 1}}', 422, "surrogate"),
        (b'{"name": "a\\u0000b"}', 422, "NUL"),
        (b'{"rest": {"a": 9223372036854775808}}', 422, "2^63"),
        (b'{"count": ' + b"9" * 5000 + b"}", 400, "digits"),
        (b'{"rest": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "nested"),
        (b'{"rest": {"a": ' + b"[" * 40 + b"]" * 40 + b"}}", 400, "nested"),
    ],
    ids=lambda value: repr(value)[:30] if isinstance(value, bytes) else None,
)
def test_json_that_not_all_can_take(body: bytes, status: int, words: str, client: TestClient) -> None:
    answer = client.post(ACT, content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert words in answer.json()["detail"]
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"nmae": "x"}, "body.nmae"),
        ({"count": 0}, "body.count"),
        ({"count": "viele"}, "body.count"),
        ({"name": "<script>" * 10}, "body.name"),
        ({"rest": []}, "body.rest"),
    ],
)
def test_what_is_wrong_is_named_and_never_echoed(body: dict[str, Any], path: str, client: TestClient) -> None:
    answer = client.post(ACT, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [error["path"] for error in answer.json()["errors"]] == [path]
    assert "<script>" not in answer.text
    assert "viele" not in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ACT, {f"key{number}": 1 for number in range(1_000)}),
        ("/api/v1/searches", {"configuration": {f"key{number}": 1 for number in range(1_000)}}),
    ],
    ids=["body", "configuration"],
)
def test_of_very_many_faults_some_are_named(path: str, body: dict[str, Any], client: TestClient) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == MOST_FAULTS


def test_whole_text_of_any_script_passes(client: TestClient) -> None:
    assert client.post(ACT, json={"name": "größer 是 😀"}).json()["name"] == "größer 是 😀"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_taken(kind: str, client: TestClient) -> None:
    answer = client.post(ACT, content=b'{"name": "x"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_a_body_that_is_too_large_is_refused_by_what_it_says_and_by_what_it_is(client: TestClient) -> None:
    too_much = json.dumps({"name": "x" * LARGEST_BYTES}).encode()

    def in_pieces() -> Iterator[bytes]:
        yield from (too_much[at : at + 65_536] for at in range(0, len(too_much), 65_536))

    for content in (too_much, in_pieces()):
        answer = client.post(ACT, content=content, headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    just_enough = json.dumps({"rest": {"a": "x" * (LARGEST_BYTES - 100)}}).encode()
    assert client.post(ACT, content=just_enough, headers=JSON).status_code == 200


# Methods, paths


@pytest.mark.parametrize("rest", [[0] * MOST_VALUES, {f"k{n}": n for n in range(MOST_VALUES // 2)}])
def test_a_body_of_too_many_values(rest: object, client: TestClient) -> None:
    answer = client.post(ACT, json={"rest": {"a": rest}})
    assert answer.status_code == 422
    assert "20,000 keys and values" in answer.json()["detail"]


def test_half_a_body_is_none() -> None:
    sent: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"name": "a"}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return sent.pop(0)

    with pytest.raises(Problem, match="the end of the connection"):
        asyncio.run(read_body({"headers": []}, receive))


def test_a_method_that_a_path_does_not_have(client: TestClient) -> None:
    answer = client.put(ACT, json={})
    assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
    assert answer.headers["allow"] == "POST, DELETE, OPTIONS"
    assert client.request("BREW", "/healthz").status_code == 405


def test_options_says_what_a_path_has(client: TestClient) -> None:
    answer = client.options("/healthz")
    assert (answer.status_code, answer.headers["allow"]) == (200, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/openapi.json", "/static/docs.js"])
def test_head_is_get_without_the_body(path: str, client: TestClient) -> None:
    got, headed = client.get(path), client.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-length"] == str(len(got.content))
    assert headed.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    "path", ["/no/such/page", "/api/v1/none", "/static/none.js", "/static/", "/%00", "/a%00b"]
)
def test_an_unknown_path(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert client.head(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "..%252fapp.py",
        "..\\app.py",
        "//etc/passwd",
        "%2fetc%2fpasswd",
    ],
)
def test_no_path_leads_out_of_the_files_of_ours(path: str, client: TestClient) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_a_query_with_a_nul(client: TestClient) -> None:
    assert client.get("/healthz?a=%00").status_code == 422


def test_a_browser_gets_a_page(client: TestClient) -> None:
    answer = client.get("/no/such/<b>page", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert ">Not Found</h1>" in answer.text
    assert "<b>" not in answer.text
    assert "style=" not in answer.text
    unknown = client.get("/searches/frist", headers={"Accept": "text/html"})
    assert (unknown.status_code, "Did you mean" in unknown.text) == (404, True)


def test_no_answer_says_where_the_database_is(client: TestClient, tmp_path: Path) -> None:
    answer = client.get("/api/v1/searches/thrid")
    assert answer.status_code == 404
    assert str(tmp_path) not in answer.text
    for error in (search_exists("a", "sqlite:///there"), unknown_search("a", ["b"], "sqlite:///there")):
        assert "there" not in problem_of(error).detail


# Faults of ours


def test_what_nobody_thought_of_is_answered_without_details_and_kept_in_a_line(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/api/v1/fail")
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "geheim" not in answer.text
    assert "RuntimeError" not in answer.text
    (record,) = caplog.records
    assert "unexpected RuntimeError" in record.getMessage()
    assert "test_guard.py" in record.getMessage()
