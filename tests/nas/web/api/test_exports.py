"""Networks that were handed over: their archives, and that nothing but them can be had."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.storage.records import ExportRecord
from nas.web.api.archive import BLOCK, archived, files_below
from nas.web.settings import WebSettings

EXPORTS = "/api/v1/exports"


def hand_over(settings: WebSettings, directory: Path, number: int = 3) -> None:
    """Keeps that a network was written to a directory."""
    with open_storage(settings.database) as storage:
        storage.save_export(storage.search("first").search_id, ExportRecord(number, str(directory)))


@pytest.fixture
def handed_over(web_settings: WebSettings) -> Path:
    directory = web_settings.exports / "first-3"
    (directory / "weights").mkdir(parents=True)
    (directory / "README.md").write_text("a card", encoding="utf-8")
    (directory / "weights" / "model.onnx").write_bytes(os.urandom(3 * BLOCK + 5))
    hand_over(web_settings, directory)
    return directory


def test_an_archive_has_all_files_below_one_folder(client: TestClient, handed_over: Path) -> None:
    (found,) = client.get(EXPORTS).json()["data"]
    assert (found["search"], found["number"], found["directory"]) == ("first", 3, "first-3")
    assert found["is_available"]
    answer = client.get(f"{EXPORTS}/{found['id']}/archive")
    assert answer.headers["content-disposition"] == 'attachment; filename="first-3.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["first-3/README.md", "first-3/weights/model.onnx"]
        assert (
            archive.read("first-3/weights/model.onnx")
            == (handed_over / "weights" / "model.onnx").read_bytes()
        )


def test_links_lead_nowhere(client: TestClient, handed_over: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret", encoding="utf-8")
    (handed_over / "link").symlink_to(secret / "key")
    (handed_over / "folder").symlink_to(secret)
    os.mkfifo(handed_over / "pipe")
    (found,) = client.get(EXPORTS).json()["data"]
    content = client.get(f"{EXPORTS}/{found['id']}/archive").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["first-3/README.md", "first-3/weights/model.onnx"]


def test_only_what_lies_below_the_servers_directory(
    client: TestClient, web_settings: WebSettings, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    web_settings.exports.mkdir()
    (web_settings.exports / "link").symlink_to(outside)
    for directory in (
        outside,
        web_settings.exports,
        web_settings.exports / ".." / "outside",
        web_settings.exports / "link",
        web_settings.exports / "gone",
        web_settings.exports / ".queue" / "private",
        Path("/etc"),
    ):
        hand_over(web_settings, directory)
    found = client.get(EXPORTS).json()["data"]
    assert len(found) == 7
    assert not any(one["is_available"] for one in found)
    for one in found:
        answer = client.get(f"{EXPORTS}/{one['id']}/archive")
        assert answer.status_code == 409
        assert one["reason"] in answer.json()["detail"]
        assert str(tmp_path) not in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc%2fpasswd",
        "%252e%252e%252fetc",
        "..%5c..%5cetc",
        "%2fetc%2fpasswd",
        "0%00",
        "0" * 16,
        "1",
        "../../etc",
    ],
)
def test_no_path_is_an_export(client: TestClient, handed_over: Path, name: str) -> None:
    answer = client.get(f"{EXPORTS}/{name}/archive")
    assert answer.status_code in (404, 422)
    assert "root:" not in answer.text


def test_newest_first_and_of_one_search(
    client: TestClient, handed_over: Path, web_settings: WebSettings
) -> None:
    hand_over(web_settings, handed_over, number=4)
    first = client.get(f"{EXPORTS}?limit=1").json()
    rest = client.get(f"{EXPORTS}?limit=1&cursor={first['next']}").json()
    assert [one["number"] for one in (*first["data"], *rest["data"])] == [4, 3]
    assert (first["count"], rest["next"]) == (2, None)
    assert client.get(f"{EXPORTS}?search=second").json()["count"] == 0
    assert client.get(f"{EXPORTS}?search=third").status_code == 404


def test_no_more_than_a_few_blocks_are_kept(tmp_path: Path) -> None:
    directory = tmp_path / "large"
    directory.mkdir()
    (directory / "file").write_bytes(os.urandom(50 * BLOCK))
    blocks = [len(block) for block in archived(directory, files_below(directory))]
    assert len(blocks) > 50
    assert max(blocks) <= 2 * BLOCK
