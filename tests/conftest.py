"""Fixtures that any test may use."""

import os
from pathlib import Path

# Before torch is imported: on a loaded machine its threads wait for each other far longer than they work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from tests.data_fixtures import write_digits_folder, write_digits_idx, write_digits_parquet

# Machines that run the tests are loaded: time is no criterion. And what passed once shall pass again.
settings.register_profile("nas", deadline=None, derandomize=True)
settings.load_profile("nas")


@pytest.fixture(scope="session")
def digits_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of class folders with `train` and `test`: 120 and 40 PNG files of 8x8 pixels. Read only."""
    return write_digits_folder(tmp_path_factory.mktemp("digits-folder"))


@pytest.fixture(scope="session")
def digits_parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The training file of a parquet pair with the same 120 and 40 pictures. Read only."""
    return write_digits_parquet(tmp_path_factory.mktemp("digits-parquet"))


@pytest.fixture(scope="session")
def digits_idx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of compressed IDX files with the same 120 and 40 pictures. Read only."""
    return write_digits_idx(tmp_path_factory.mktemp("digits-idx"))
