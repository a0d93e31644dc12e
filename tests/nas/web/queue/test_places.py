"""The private directory of a process: what is in it, who can read it, and what is left of it."""

import json
import os
import time
from pathlib import Path

from nas.web.queue.places import KEPT, SILENCE_SECONDS, Ended, Place, place_of
from nas.web.queue.private_files import write_private

URL = "postgresql+psycopg://me:secret@host/nas"


def made(root: Path, submission_id: int = 7, **files: str) -> Place:
    place = place_of(root, URL, submission_id)
    place.make(["a", "b"], {name.replace("_", "."): text for name, text in files.items()})
    return place


def test_nobody_else_can_look_into_it(tmp_path: Path) -> None:
    os.umask(os.umask(0))
    place = made(tmp_path / "exports", search_toml='"name" = "a"\n')
    files = [path for path in (tmp_path / "exports").rglob("*") if path.is_file()]
    directories = [path for path in (tmp_path / "exports").rglob("*") if path.is_dir()]
    assert sorted(file.name for file in files) == ["orders.json", "search.toml"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert {directory.stat().st_mode & 0o777 for directory in directories} == {0o700}
    assert json.loads((place.directory / "orders.json").read_text()) == ["a", "b"]


def test_no_password_is_in_its_name(tmp_path: Path) -> None:
    other_password = place_of(tmp_path, URL.replace("secret", "terces"), 7)
    assert made(tmp_path).directory == other_password.directory
    assert place_of(tmp_path, "sqlite:///other.db", 7).directory != other_password.directory


def test_it_is_made_anew(tmp_path: Path) -> None:
    place = made(tmp_path, begun="", ended_json='{"code": 0, "last_words": "x"}')
    assert (place.has_begun, place.ended) == (True, Ended(0, "x"))
    place = made(tmp_path)
    assert (place.has_begun, place.ended, place.target) == (False, None, None)


def test_it_is_silent_when_it_has_not_beaten_for_long(tmp_path: Path) -> None:
    place = made(tmp_path)
    assert not place.is_silent
    write_private(place.directory / "begun", "")
    assert not place.is_silent
    long_ago = time.time() - SILENCE_SECONDS - 1
    os.utime(place.directory / "begun", (long_ago, long_ago))
    assert place.is_silent


def test_of_its_end_what_is_of_no_use_is_removed(tmp_path: Path) -> None:
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    full.mkdir()
    (full / "model.onnx").write_text("")
    for target in (empty, full):
        place = made(tmp_path, search_toml="", log_txt="words", target=str(target))
        place.clear()
        place.clear()
    assert not empty.exists()
    assert full.exists()
    assert sorted(path.name for path in place.directory.iterdir()) == ["log.txt", "orders.json", "target"]


def test_only_the_newest_of_those_that_have_ended_are_kept(tmp_path: Path) -> None:
    other = place_of(tmp_path, "sqlite:///other.db", 1)
    other.make([], {"ended.json": "{}"})
    running = made(tmp_path, 1)
    for number in range(2, KEPT + 5):
        made(tmp_path, number, ended_json="{}")
    made(tmp_path, KEPT + 5, ended_json="{}").clear()
    left = {
        path
        for path in running.directory.parent.iterdir()
        if path not in (running.directory, other.directory)
    }
    assert left == {place_of(tmp_path, URL, number).directory for number in range(6, KEPT + 6)}
    assert running.directory.is_dir()
    assert other.directory.is_dir()


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    write_private(tmp_path / "a", "old")
    (tmp_path / "a.new").write_text("half of wh")  # what a process left that was killed
    write_private(tmp_path / "a", "new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "new"}
