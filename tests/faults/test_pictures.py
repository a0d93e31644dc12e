"""Row 36 of the fault matrix: pictures that are moved or changed while `nas search` runs, and before it goes on."""

import shutil
import subprocess
from pathlib import Path

from nas.storage.check import check
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from tests.nas.cli.calling import TINY, Ended, spawn
from tests.nas.cli.test_resume import wait_for_trials

TRIALS = 8


def resume(database: str) -> Ended:
    process = spawn(
        "search", "--resume", "search", "--db", database, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = process.communicate()
    return Ended(process.returncode, out, err)


def test_pictures_that_are_moved_and_changed(tmp_path: Path, digits_folder: Path) -> None:
    pictures, database = tmp_path / "pictures", f"sqlite:///{tmp_path}/nas.db"
    shutil.copytree(digits_folder, pictures)
    search = spawn(
        *("search", "--dataset", str(pictures), "--db", database, "--trials", str(TRIALS), *TINY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for_trials(search, 2)
    pictures.rename(tmp_path / "elsewhere")
    wait_for_trials(search, 2)  # they are in memory
    search.terminate()
    search.communicate()
    assert search.returncode == 143
    gone = resume(database)
    assert (gone.code, gone.err.count("\n")) == (2, 1), gone.err
    assert str(pictures) in gone.err

    (tmp_path / "elsewhere").rename(pictures)
    picture = min(pictures.glob("train/*/*.png"))
    content = picture.read_bytes()
    other = max(pictures.glob("train/*/*.png")).read_bytes()
    assert other != content
    picture.write_bytes(other)
    changed = resume(database)
    assert changed.code == 2, changed.err
    assert "has changed since it was started" in changed.err
    with open_storage(database, read_only=True) as storage:
        assert storage.search("search").state is SearchState.PAUSED

    picture.write_bytes(content)
    ended = resume(database)
    assert ended.code == 0, ended.err
    assert check(database) == []
    with open_storage(database, read_only=True) as storage:
        record = storage.search("search")
        assert (record.state, record.completed) == (SearchState.COMPLETED, TRIALS)
