import re
from pathlib import Path

import pytest

import nas.web
from nas.web.pages.rendering import TEMPLATES, format_ago, format_bytes, format_whole, iso

STATIC = Path(nas.web.__file__).parent / "static"
OWN_SCRIPTS = sorted(STATIC.glob("*.js"))
SHEETS = sorted(STATIC.glob("*.css"))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "just now"), (59.9, "59 s ago"), (61, "1 m ago"), (7300, "2 h ago"), (3 * 86400, "3 d ago")],
)
def test_how_long_ago(seconds: float, expected: str) -> None:
    assert format_ago(seconds) == expected


def test_numbers_that_are_not_known_are_a_dash() -> None:
    assert (format_whole(None), format_bytes(None), format_bytes(0), iso(None)) == ("-", "-", "-", "")


def test_thousands_stand_apart() -> None:
    assert format_whole(100_000) == "100\u202f000"
    assert (format_bytes(312_400_000), format_bytes(2_140_000_000)) == ("312 MB", "2.1 GB")


def test_a_moment_is_in_utc() -> None:
    assert iso(0.0) == "1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_has_what_the_policy_forbids(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+=[\"']", text)
    assert "hx-on" not in text
    variables = re.sub(r"'[^'{}]*' \| safe", "", text)  # a text of the template itself needs no escape
    assert "| safe" not in variables
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)


@pytest.mark.parametrize("path", [*OWN_SCRIPTS, *SHEETS], ids=lambda path: path.name)
def test_no_asset_asks_another_host(path: Path) -> None:
    found = re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8"))
    assert [one for one in found if not one.startswith("http://www.w3.org/")] == []


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_every_asset_of_a_template_is_there(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    for address in re.findall(r"[\"']/static/([^\"'?{]+)", text):
        assert (STATIC / address).is_file(), address


@pytest.mark.parametrize("script", OWN_SCRIPTS, ids=lambda path: path.name)
def test_every_import_of_a_script_is_there(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    for name in re.findall(r'from "\./([^"]+)"', text):
        assert (STATIC / name).is_file(), name
