"""Who is let in: tokens of programs, sessions of browsers, nobody else."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.storage.owner import actor
from nas.storage.records import TokenScope
from nas.web.access import COOKIE, OF_PROXIES, MayRead, MayWrite
from nas.web.app import build_app
from nas.web.login import LONGEST_PLACE, MOST_FIELDS, safe_place
from nas.web.sessions import ATTEMPTS, MOST_SESSIONS, Attempts, Sessions
from nas.web.settings import WebSettings
from nas.web.tokens import PREFIX, digest, matching, new_token

LOOK, ACT = "/test/look", "/test/act"
PAGE = {"Accept": "text/html"}

MakeToken = Callable[..., str]


def look(who: MayRead) -> str:
    return who.name


def act(who: MayWrite) -> str:
    return who.name


def add_routes(app: FastAPI) -> FastAPI:
    app.add_api_route(LOOK, look, methods=["GET"])
    app.add_api_route(ACT, act, methods=["POST"])
    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Two routes alone, and the login; no threads."""
    yield TestClient(add_routes(app), base_url="http://127.0.0.1", follow_redirects=False)
    app.state.service.readers.close()


@pytest.fixture
def make(searched: str) -> MakeToken:
    """Makes a token in the database of the service, and returns its secret."""

    def make_token(name: str, scope: TokenScope = TokenScope.READ, seconds: float | None = None) -> str:
        with open_storage(searched) as storage:
            return new_token(storage, name, scope, "me@here", seconds=seconds)[0]

    return make_token


@pytest.fixture
def closed(searched: str) -> Iterator[TestClient]:
    """The service as it is, wanting tokens of which there is none."""
    app = build_app(WebSettings(searched, require_token=True))
    yield TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    app.state.service.readers.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def revoke(url: str, name: str) -> None:
    with open_storage(url) as storage:
        storage.revoke_token(name, "me@here")


# Tokens


def test_without_tokens_everybody_on_this_machine_is_whoever_runs_it(client: TestClient) -> None:
    assert client.get(LOOK).json() == actor()
    assert client.post(ACT).json() == actor()


@pytest.mark.parametrize("header", OF_PROXIES)
def test_who_comes_through_a_proxy_is_not_on_this_machine(
    header: str, client: TestClient, make: MakeToken
) -> None:
    through = {header: "203.0.113.7"}
    assert client.get(LOOK, headers=through).status_code == 401
    assert client.get(LOOK, headers={**through, **bearer(make("a"))}).json() == "token:a"


def test_with_one_nobody_is_let_in_without(client: TestClient, make: MakeToken) -> None:
    make("other")
    answer = client.get(LOOK)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert client.post(ACT).status_code == 401


def test_a_token_gives_what_its_scope_says(client: TestClient, make: MakeToken) -> None:
    reading, writing = bearer(make("r")), bearer(make("w", TokenScope.WRITE))
    assert client.get(LOOK, headers=reading).json() == "token:r"
    refused = client.post(ACT, headers=reading)
    assert refused.status_code == 403
    assert "--scope write" in refused.json()["detail"]
    assert client.get(LOOK, headers=writing).json() == "token:w"
    assert client.post(ACT, headers=writing).json() == "token:w"


@pytest.mark.parametrize(
    "given",
    [
        "Bearer nas_wrong",
        "Bearer",
        "Bearer ",
        f"Bearer {PREFIX}{'x' * 100_00}",
        "Basic bWU6Z2VoZWlt",
        "Bearer \xe4\xf6\xfc",
    ],
    ids=["wrong", "no token", "empty", "long", "basic", "not ascii"],
)
def test_what_is_shown_must_be_right_even_where_nothing_need_be(given: str, client: TestClient) -> None:
    answer = client.get(LOOK, headers={"Authorization": given.encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 401
    assert "geheim" not in answer.text


def test_a_token_is_worth_nothing_from_the_moment_it_is_revoked(
    client: TestClient, make: MakeToken, searched: str
) -> None:
    token = bearer(make("a"))
    make("b")
    assert client.get(LOOK, headers=token).status_code == 200
    revoke(searched, "a")
    assert client.get(LOOK, headers=token).status_code == 401


def test_what_was_closed_once_is_not_open_again_without_a_token(
    client: TestClient, make: MakeToken, searched: str
) -> None:
    make("a")
    revoke(searched, "a")
    assert client.get(LOOK).status_code == 401
    assert client.post(ACT).status_code == 401


def test_an_expired_token_is_none(
    client: TestClient, make: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, now = bearer(make("a", seconds=60)), time.time()
    make("b")
    assert client.get(LOOK, headers=token).status_code == 200
    monkeypatch.setattr("nas.web.tokens.time.time", lambda: now + 61)
    assert client.get(LOOK, headers=token).status_code == 401


@pytest.mark.parametrize("name", ["token", "access_token", "Authorization", COOKIE])
def test_a_token_in_a_url_is_none(name: str, client: TestClient, make: MakeToken) -> None:
    assert client.get(LOOK, params={name: make("a")}).status_code == 401


def test_whoever_guesses_has_to_wait(client: TestClient, make: MakeToken) -> None:
    token = make("a")
    for _ in range(ATTEMPTS):
        assert client.get(LOOK, headers=bearer("nas_wrong")).status_code == 401
    answer = client.get(LOOK, headers=bearer("nas_wrong"))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert client.get(LOOK).status_code == 401  # no guess
    assert client.get(LOOK, headers=bearer(token)).status_code == 200  # nobody is locked out by others


def test_who_has_waited_is_listened_to_again(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts, now = Attempts(), time.monotonic()
    for _ in range(ATTEMPTS):
        assert attempts.wait_seconds("10.0.0.1") == 0
        attempts.failed("10.0.0.1")
    assert attempts.wait_seconds("10.0.0.1") > 0
    assert attempts.wait_seconds("10.0.0.2") == 0
    monkeypatch.setattr("nas.web.sessions.time.monotonic", lambda: now + 120)
    assert attempts.wait_seconds("10.0.0.1") == 0


def test_no_token_is_kept_anywhere(make: MakeToken, searched: str) -> None:
    token = make("a")
    with open_storage(searched, read_only=True) as storage:
        (kept,) = storage.tokens()
        audit = storage.audit()
    assert kept.digest == digest(token)
    assert token not in repr((kept, audit))
    assert digest(token) not in repr((kept, audit))
    assert len(token.removeprefix(PREFIX)) == 43  # 256 bits, six a character
    assert matching(token, [kept]) is kept
    assert matching(token[:-1], [kept]) is None


@pytest.mark.parametrize(
    "fields", [{"require_token": True}, {"host": "0.0.0.0"}], ids=["wanted", "beyond loopback"]
)
def test_a_service_that_wants_tokens_lets_nobody_in_without(fields: dict[str, object], searched: str) -> None:
    app = add_routes(build_app(WebSettings(searched, **fields)))  # type: ignore[arg-type]
    assert TestClient(app, base_url="http://127.0.0.1").get(LOOK).status_code == 401


def test_every_route_of_the_api_asks_who_it_is(closed: TestClient) -> None:
    app = closed.app
    assert isinstance(app, FastAPI)
    found = [(method, path) for path, methods in app.openapi()["paths"].items() for method in methods]
    assert len(found) > 20
    for method, path in found:
        filled = re.sub(r"{(\w+)}", lambda part: "first" if part[1] == "name" else "0", path)
        body = {} if method == "post" else None
        status = closed.request(method, filled, json=body).status_code
        assert status == (200 if path in ("/healthz", "/readyz") else 401), (method, path)


@pytest.mark.parametrize(
    "path",
    ["/", "/searches/first", "/searches/first/trials/0", "/compare", "/new", "/queue", "/audit"],
)
def test_every_page_asks_who_it_is(path: str, closed: TestClient) -> None:
    answer = closed.get(path, headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2F")


@pytest.mark.parametrize("path", ["/login", "/docs", "/openapi.json", "/static/docs.js"])
def test_what_is_the_same_for_all_is_open(path: str, closed: TestClient) -> None:
    assert closed.get(path, headers=PAGE).status_code == 200


# Sessions


def log_in(client: TestClient, token: str, wanted: str = "/") -> None:
    answer = client.post("/login", data={"token": f" {token}\n", "next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)


def test_a_browser_is_led_to_the_login_and_from_there_to_what_it_wanted(
    client: TestClient, make: MakeToken
) -> None:
    token = make("a")
    answer = client.get(f"{LOOK}?sort=-reward&x=%2F", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Ftest%2Flook%3Fsort%3D-reward%26x%3D%252F"
    log_in(client, token, f"{LOOK}?sort=-reward")
    assert client.get(LOOK, headers=PAGE).json() == "token:a"


def test_a_part_of_a_page_has_the_whole_page_led_there(client: TestClient, make: MakeToken) -> None:
    make("a")
    answer = client.get(LOOK, headers={**PAGE, "HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login")


def test_no_script_and_no_other_site_gets_at_the_cookie(client: TestClient, make: MakeToken) -> None:
    token = make("a")
    plain = client.post("/login", data={"token": token}).headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age="):
        assert part in plain
    assert "Secure" not in plain
    assert token not in plain
    safe = client.post("https://127.0.0.1/login", data={"token": token}).headers["set-cookie"]
    assert "Secure" in safe


def test_a_session_gives_what_its_token_gives_and_ends_with_it(
    client: TestClient, make: MakeToken, searched: str
) -> None:
    log_in(client, make("r"))
    make("other")
    assert client.get(LOOK).json() == "token:r"
    assert client.post(ACT).status_code == 403
    revoke(searched, "r")
    assert client.get(LOOK).status_code == 401


def test_a_session_ends_by_logging_out_whoever_keeps_its_cookie(client: TestClient, make: MakeToken) -> None:
    log_in(client, make("a"))
    cookie = client.cookies[COOKIE]
    answer = client.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert COOKIE not in client.cookies
    assert client.get(LOOK, headers={"Cookie": f"{COOKIE}={cookie}"}).status_code == 401


def test_each_login_has_a_cookie_of_its_own_and_ends_the_one_before(
    client: TestClient, make: MakeToken
) -> None:
    token = make("a")
    log_in(client, token)
    before = client.cookies[COOKIE]
    log_in(client, token)
    assert client.cookies[COOKIE] != before
    client.cookies.clear()
    assert client.get(LOOK, headers={"Cookie": f"{COOKIE}={before}"}).status_code == 401


@pytest.mark.parametrize("token", ["", "nas_wrong", "x" * 10_000, "\ud83d", "' OR 1=1"], ids=range(5))
def test_a_wrong_token_leads_back_to_the_form(token: str, client: TestClient, make: MakeToken) -> None:
    make("a")
    answer = client.post(
        "/login",
        content=f"token={token}&next=/audit".encode("utf-8", errors="surrogatepass"),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?problem=wrong&next=%2Faudit")
    assert "set-cookie" not in answer.headers


def test_a_form_that_is_not_ours(client: TestClient) -> None:
    fields = {f"field{number}": "x" for number in range(MOST_FIELDS + 1)}
    assert client.post("/login", data=fields).status_code == 422


def test_a_page_with_a_very_long_address_leads_to_the_login_as_well(
    client: TestClient, make: MakeToken
) -> None:
    make("a")
    answer = client.get(f"/?text={'a' * 3_000}", headers=PAGE)
    assert answer.status_code == 303
    assert client.get(answer.headers["location"], headers=PAGE).status_code == 200


def test_who_guesses_in_the_form_has_to_wait_too(client: TestClient, make: MakeToken) -> None:
    make("a")
    for _ in range(ATTEMPTS):
        client.post("/login", data={"token": "nas_wrong"})
    answer = client.post("/login", data={"token": "nas_wrong"})
    assert answer.headers["location"] == "/login?problem=wait&next=%2F"


def test_another_site_cannot_log_somebody_in_or_out(client: TestClient, make: MakeToken) -> None:
    token = make("a")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        assert client.post("/login", data={"token": token}, headers=headers).status_code == 403
        assert client.post("/logout", headers=headers).status_code == 403


def test_a_session_does_not_last_for_ever_and_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions, now = Sessions(), time.monotonic()
    first, second = sessions.begin(1), sessions.begin(2)
    assert (sessions.token_id(first), sessions.token_id(second)) == (1, 2)
    for _ in range(MOST_SESSIONS - 1):
        sessions.begin(3)
    assert (sessions.token_id(first), sessions.token_id(second)) == (None, 2)
    monkeypatch.setattr("nas.web.sessions.time.monotonic", lambda: now + 13 * 3600)
    assert sessions.token_id(second) is None


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "",
        "/login",
        "/a\nb",
        "javascript:1",
        "/" + "a" * LONGEST_PLACE,
    ],
    ids=range(9),
)
def test_the_login_leads_nowhere_else(place: str) -> None:
    assert safe_place(place) == "/"
