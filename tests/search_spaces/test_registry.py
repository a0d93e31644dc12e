"""Spaces by name, and what a user's own files add or get wrong."""

import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cloudpickle
import pytest
import torch

from search_spaces import registry
from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.feasibility import minimum_cost
from search_spaces.operations import BUILT_IN, OPERATIONS
from search_spaces.registry import SPACES, build_space, load_plugin, plugin_modules, space, space_names
from search_spaces.space import Space
from search_spaces.spaces.cell import DEFAULT_OPERATIONS, CellSpace
from search_spaces.spaces.toy import ToySpace

EXAMPLES = Path(__file__).parent / "examples"
IMAGE = (1, 8, 8)


@pytest.fixture(autouse=True)
def fresh_tables() -> Iterator[None]:
    """Each test loads its plugins into tables as they are at the start."""
    tables = (OPERATIONS, SPACES, registry._plugins)
    before = [dict(table) for table in tables]
    yield
    for module in plugin_modules():
        sys.modules.pop(module.__name__, None)
    for table, entries in zip(tables, before, strict=True):
        table.clear()
        table.update(entries)


def plugin(directory: Path, text: str, name: str = "plugin.py") -> Path:
    file = directory / name
    file.write_text(text)
    return file


def test_every_built_in_space_is_built_by_its_name():
    assert space_names() == ("cell", "macro", "mobile", "nasbench201", "nasnet", "reference", "toy")
    assert [build_space(name).name for name in space_names()] == list(space_names())


@pytest.mark.parametrize("name", list(space_names()))
def test_settings_build_an_equal_space(name):
    built = build_space(name)
    assert build_space(name, **built.settings) == built


def test_changed_settings_build_an_equal_space():
    settings = {"blocks": 3, "filters": 8, "reductions": 0, "operations": "identity,conv_3x3"}
    built = build_space("cell", **settings)
    assert {key: built.settings[key] for key in settings} == settings
    assert build_space("cell", **built.settings) == built != build_space("cell")


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"space 'cel' is not known; known: cell, .*Did you mean 'cell'\?"
    ):
        build_space("cel")
    with pytest.raises(
        SpaceError, match=r"space 'cell' has no setting 'block'; known: .*Did you mean 'blocks'\?"
    ):
        build_space("cell", block=3)
    with pytest.raises(
        UnknownNameError, match=r"operation 'sep_conv_9x9' is not known.*Did you mean 'sep_conv_"
    ):
        build_space("cell", operations="identity,sep_conv_9x9")


def test_a_space_without_settings_says_so():
    @space
    @dataclass(frozen=True)
    class Bare(Space):
        name = "bare"

    with pytest.raises(SpaceError, match="space 'bare' has no setting 'blocks'; it has none at all"):
        build_space("bare", blocks=3)


def test_operations_may_be_all_and_more_but_each_once():
    built = build_space("cell", operations="all")
    assert {operation.name for operation in built.operations} == set(BUILT_IN) > set(DEFAULT_OPERATIONS)
    with pytest.raises(
        SpaceError, match="setting 'operations': expected names, each once, got 'identity,identity'"
    ):
        build_space("cell", operations="identity, identity")
    with pytest.raises(UnknownNameError, match="operation '5' is not known"):
        build_space("cell", operations=5)


def test_a_second_space_of_one_name_is_refused():
    with pytest.raises(SpaceError, match="space 'toy' is registered already; choose another name"):
        space(ToySpace)


def test_own_operation_from_file_to_network():
    module = load_plugin(EXAMPLES / "own_operation.py")
    built = build_space("cell", blocks=1, operations="rows_columns_5", filters=4)
    graph = built.network(built.architecture((0, 1, 0, 0, 1) * 2), IMAGE, 10)
    network = build_module(graph)
    assert network(torch.zeros(2, *IMAGE)).shape == (2, 10)
    assert sum(weight.numel() for weight in network.parameters()) == cost(graph).parameters
    assert plugin_modules() == (module,)
    assert "rows_columns_5" not in CellSpace().settings["operations"]
    assert (
        build_space("cell", operations="all,rows_columns_5").settings["operations"].endswith("rows_columns_5")
    )


def test_own_space_from_file_to_network():
    load_plugin(EXAMPLES / "own_space.py")
    built = build_space("chain", kernel=5)
    assert built.size == 9
    assert built != build_space("chain")
    architectures = list(built.enumerate())
    assert len({built.canonical_key(architecture) for architecture in architectures}) == 9
    cheapest, dearest = (cost(built.network(one, IMAGE, 10)) for one in (architectures[0], architectures[-1]))
    assert minimum_cost(built, IMAGE, 10).parameters == cheapest.parameters < dearest.parameters
    assert built.outline(architectures[1]).stack == "depth: 2, width: 16"
    with pytest.raises(SpaceError, match="space 'chain', setting 'kernel': expected a whole number, got '5'"):
        build_space("chain", kernel="5")


@pytest.mark.parametrize("example", ["own_operation.py", "own_space.py"])
def test_the_examples_are_short(example):
    assert len((EXAMPLES / example).read_text().splitlines()) < 30


@pytest.mark.parametrize(
    ("example", "name", "settings"),
    [("own_operation.py", "cell", {"operations": "rows_columns_5,identity"}), ("own_space.py", "chain", {})],
)
def test_own_code_reaches_a_process_that_does_not_have_the_file(tmp_path, example, name, settings):
    module = load_plugin(shutil.copy(EXAMPLES / example, tmp_path))
    built = build_space(name, **settings)
    cloudpickle.register_pickle_by_value(module)
    try:
        message = cloudpickle.dumps(built)
    finally:
        cloudpickle.unregister_pickle_by_value(module)
    Path(module.__file__).unlink()
    program = (
        "import pickle, sys; space = pickle.load(sys.stdin.buffer); "
        "first = next(space.enumerate()); print(len(space.network(first, (1, 8, 8), 10).nodes))"
    )
    answer = subprocess.run([sys.executable, "-c", program], input=message, capture_output=True, check=True)
    expected = built.network(next(built.enumerate()), IMAGE, 10)
    assert int(answer.stdout) == len(expected.nodes)


def test_built_in_spaces_travel_as_names_and_stay_equal():
    built = build_space("cell")
    message = pickle.dumps(built)
    assert pickle.loads(message) == built  # noqa: S301 -- our own
    assert len(message) < 3_000


def test_a_file_is_loaded_once_however_its_path_is_written(tmp_path, monkeypatch):
    file = plugin(tmp_path, "count = []\n")
    load_plugin(file).count.append(1)
    monkeypatch.chdir(tmp_path)
    assert load_plugin("plugin.py").count == [1]
    assert len(plugin_modules()) == 1


def test_files_of_one_name_in_two_directories_are_two_plugins(tmp_path):
    for directory in ("a", "b"):
        (tmp_path / directory).mkdir()
        load_plugin(plugin(tmp_path / directory, f"where = {directory!r}\n"))
    assert [module.where for module in plugin_modules()] == ["a", "b"]
    assert len({module.__name__ for module in plugin_modules()}) == 2


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("import math\n\nmath.sqrt(-1)\n", r"plugin.py, line 3: ValueError: .*"),
        ("import sys\nsys.exit(3)\n", r"plugin.py, line 2: SystemExit: 3"),
        ("def f(:\n", r"plugin.py: SyntaxError: .*line 1\)"),
        (
            "import no_such_module_here\n",
            r"line 1: ModuleNotFoundError: No module named 'no_such_module_here'",
        ),
        (
            "from search_spaces.operations import operation\n@operation('identity', family='x')\ndef f(): ...\n",
            r"line 2: SpaceError: operation 'identity' is registered already; choose another name",
        ),
    ],
)
def test_a_faulty_file_is_named_with_line_and_cause(tmp_path, text, cause):
    with pytest.raises(SpaceError, match=cause):
        load_plugin(plugin(tmp_path, text))


def test_a_faulty_file_leaves_nothing_behind_and_can_be_mended(tmp_path):
    declared = (
        "from search_spaces.operations import operation\n@operation('half', family='x')\n"
        "def half(g, x, channels_out, *, stride): ...\n"
    )
    file = plugin(tmp_path, declared + "1 / 0\n")
    modules = set(sys.modules)
    with pytest.raises(SpaceError, match="ZeroDivisionError"):
        load_plugin(file)
    assert "half" not in OPERATIONS
    assert not plugin_modules()
    assert set(sys.modules) == modules
    file.write_text(declared)
    load_plugin(file)
    assert "half" in OPERATIONS


@pytest.mark.parametrize("name", ["missing.py", "notes.txt", ""])
def test_a_path_that_is_no_python_file_is_refused(tmp_path, name):
    (tmp_path / "notes.txt").write_text("x = 1\n")
    with pytest.raises(SpaceError, match=r"plugin .*: expected a Python file, got"):
        load_plugin(tmp_path / name)
