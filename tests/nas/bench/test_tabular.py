"""Tables as benchmarks: what is read from where, and what is wrong with a file that cannot be one."""

import pickle
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from nas.bench.problem import Measure
from nas.bench.refusals import TableError
from nas.bench.table import Columns, read_table
from nas.bench.tabular import CIFAR, CLASSES, multiply_adds, open_table
from search_spaces.errors import SpaceError
from search_spaces.spaces.nasbench201 import NasBench201Space
from tests.nas.bench.tables import cells, write_table

GOOD = {"arch_str": ["0,1", "1,1", "1,0"], "x_val": [80.0, 90.0, 50.0], "x_test": [70.0, 60.0, 65.0]}


def opened(tmp_path, columns, **named):
    return open_table(write_table(tmp_path / "t.parquet", columns), Columns(**named))


def rows(benchmark):
    table = benchmark.problem(0)
    return {tokens: (row.training.value, row.score) for tokens, row in table.rows.items()}


def test_percent_become_fractions_for_the_strategy_and_stay_percent_for_the_reader(tmp_path):
    benchmark = opened(tmp_path, GOOD)
    assert rows(benchmark) == {(0, 1): (0.8, 70.0), (1, 1): (0.9, 60.0), (1, 0): (0.5, 65.0)}
    assert benchmark.measure.name == "x_test, %"
    assert benchmark.problem(0).best == 60.0  # of the best by validation, not the best test result
    assert not benchmark.has_durations


def test_fractions_are_shown_in_percent(tmp_path):
    benchmark = opened(tmp_path, {**GOOD, "x_val": [0.8, 0.9, 0.5], "x_test": [0.25, 0.5, 0.75]})
    assert rows(benchmark)[0, 1] == (0.8, 25.0)


def test_other_numbers_are_left_alone(tmp_path):
    benchmark = opened(tmp_path, {**GOOD, "x_val": [-3.0, 900.0, 5.0], "x_test": [1.0, 200.0, 3.0]})
    assert rows(benchmark)[1, 1] == (900.0, 200.0)
    assert benchmark.measure.name == "x_test"


@pytest.mark.parametrize(
    ("test", "held"),
    [
        ({}, ""),
        ({"x_test": ["a", "b", "c"]}, " ('x_test' holds string)"),
        ({"x_test": pa.nulls(3)}, " ('x_test' holds null)"),
    ],
)
def test_without_test_results_validation_is_the_score_and_that_is_said(tmp_path, test, held):
    columns = {key: GOOD[key] for key in ("arch_str", "x_val")} | test
    benchmark = opened(tmp_path, columns, architecture="arch_str")
    assert rows(benchmark)[0, 1] == (0.8, 80.0)
    (note,) = benchmark.notes
    assert note == (
        f"benchmark {tmp_path / 't.parquet'}: scored in 'x_val', which the search sees: no column of numbers has "
        f'"test" in its name{held}; --score names one'
    )
    assert opened(tmp_path, columns, score="x_val").notes == ()


def test_a_table_with_all_it_needs_has_no_notes(tmp_path):
    assert opened(tmp_path, GOOD).notes == ()


@pytest.mark.parametrize(
    ("results", "name", "shown"),
    [
        ([0.0, 12.0, 5.0], "x_test", "x_test"),
        ([0, 44, 3], "x_test", "x_test"),
        ([10.0, 44.0, 3.0], "test_accuracy", "test_accuracy, %"),
        ([10.0, 44.0, 51.0], "x_test", "x_test, %"),
        ([0.1, 0.2, 0.3], "x_test", "x_test, %"),
    ],
)
def test_what_may_be_a_count_is_not_called_percent(tmp_path, results, name, shown):
    columns = {"arch_str": GOOD["arch_str"], "x_val": [1.0, 2.0, 3.0], name: results}
    assert opened(tmp_path, columns).measure.name == shown


def test_columns_by_name(tmp_path):
    more = {**GOOD, "y_val": [1.0, 2.0, 3.0], "y_test": [9.0, 8.0, 7.0], "other": ["a", "b", "c"]}
    path = write_table(tmp_path / "t.parquet", more)
    assert read_table(path, Columns(metric="y_val")).score_of.name == "y_test"
    table = read_table(path, Columns(architecture="other", metric="x_val", score="y_test"))
    assert table.architectures == ("a", "b", "c")
    assert (table.metric_of.name, table.score_of.name) == ("x_val", "y_test")


def test_the_only_text_column_holds_the_architectures_also_as_a_dictionary(tmp_path):
    columns = {"config": pa.array(["0,1", "1,0"]).dictionary_encode(), "val": [1, 2]}
    assert read_table(write_table(tmp_path / "t.parquet", columns), Columns()).architectures == ("0,1", "1,0")


LOSSES = {"arch_str": ["0,1", "1,1", "1,0"], "val_loss": [0.8, 0.2, 0.2], "test_loss": [0.7, 0.9, 0.6]}


def test_of_a_loss_less_is_better(tmp_path):
    benchmark = opened(tmp_path, LOSSES, metric="-val_loss")
    assert rows(benchmark) == {(0, 1): (-0.8, 0.7), (1, 1): (-0.2, 0.9), (1, 0): (-0.2, 0.6)}
    assert benchmark.measure == Measure("test_loss", 2, lower_is_better=True)  # no accuracy, so no percent
    assert benchmark.problem(0).best == 0.6


def test_each_result_has_its_own_direction(tmp_path):
    mixed = {"arch_str": LOSSES["arch_str"], "val_acc": [80.0, 90.0, 50.0], "test_error": [20.0, 10.0, 50.0]}
    benchmark = opened(tmp_path, mixed, metric="val_acc", score="-test_error")
    assert rows(benchmark)[1, 1] == (0.9, 10.0)
    assert benchmark.measure == Measure("test_error", 2, lower_is_better=True)
    with pytest.raises(TableError, match="got 'test_error'; write --score -test_error"):
        opened(tmp_path, mixed)
    with pytest.raises(
        TableError, match=r"expected a column .* called like 'cost_val'.*name it with --score"
    ):
        opened(tmp_path, {**mixed, "cost_val": [1.0, 2.0, 3.0]}, metric="-cost_val")


@pytest.mark.parametrize("name", ["val_loss", "Val-Error", "latency", "valid_perplexity"])
def test_a_loss_is_not_maximised_by_mistake(tmp_path, name):
    table = {"arch_str": LOSSES["arch_str"], name: [3.0, 2.0, 1.0]}
    with pytest.raises(TableError, match=f"got '{name}'; write --metric -{name}, so that less is"):
        opened(tmp_path, table, metric=name)
    assert rows(opened(tmp_path, table, metric=f"-{name}"))[1, 0] == (-1.0, 1.0)


def test_names_that_say_that_more_is_better(tmp_path):
    columns = {"arch_str": ["0", "1"], "neg_val_loss": [-3.0, -2.0], "-val": [1.0, 2.0]}
    assert rows(opened(tmp_path, columns, metric="neg_val_loss"))[1,] == (-2.0, -2.0)
    assert rows(opened(tmp_path, columns, metric="-val"))[1,] == (0.02, 2.0)  # a column's own name wins


def test_what_is_missing_or_infinite_has_failed(tmp_path):
    columns = {**GOOD, "x_val": [None, float("inf"), 50.0], "x_test": [70.0, 60.0, 65.0]}
    benchmark = opened(tmp_path, columns)
    assert [value for value, _ in rows(benchmark).values()] == [None, None, 0.5]
    (note,) = benchmark.notes
    assert note == (
        f"benchmark {tmp_path / 't.parquet'}: 2 of 3 rows without a finite result in 'x_val' or 'x_test'; "
        "such a training fails"
    )


def test_seconds_are_durations_and_compute(tmp_path):
    benchmark = opened(tmp_path, {**GOOD, "s": [10, 20, 60]}, seconds="s")
    table = benchmark.problem(0)
    assert benchmark.has_durations
    assert benchmark.compute_unit == "training seconds"
    assert table.rows[1, 0].training[1:] == (60.0, 60.0)
    assert table.mean_compute == 30.0


def test_what_is_not_in_the_table_is_not_feasible(tmp_path):
    table = opened(tmp_path, GOOD).problem(0)
    feasible = {tokens for tokens in np.ndindex(2, 2) if table.is_feasible(table.space.architecture(tokens))}
    assert feasible == {(0, 1), (1, 1), (1, 0)}
    assert len({table.canonical_key(one) for one in table.space.enumerate()}) == 3


def test_cells_have_the_benchmarks_own_space_and_cost_their_multiply_adds(tmp_path):
    names = cells(30)
    benchmark = opened(tmp_path, {"arch_str": names, "val": range(30), "test": range(30)})
    table = benchmark.problem(0)
    assert [(one.name, one.options) for one in table.space.decisions] == [
        (one.name, one.options) for one in NasBench201Space().decisions
    ]
    assert table.space.size == 30
    assert benchmark.compute_unit == "multiply-adds"
    one = NasBench201Space().parse_cell(names[17])
    assert table.train(one).compute == NasBench201Space().price(one, CIFAR, CLASSES).multiply_adds / 1e9
    assert table.train(one).seconds == 1.0


def test_all_cells_are_the_benchmarks_own_space(tmp_path):
    names = cells(NasBench201Space().size)
    benchmark = opened(tmp_path, {"arch_str": names, "val": np.arange(len(names))})
    assert benchmark.problem(0).space == NasBench201Space()


def test_a_cell_costs_the_same_wherever_its_operations_are():
    space, rng = NasBench201Space(), Random(1)
    found = [space.random(rng) for _ in range(12)]
    shuffled = [space.architecture(rng.sample(one.tokens, 6)) for one in found]
    expected = [space.price(one, CIFAR, CLASSES).multiply_adds for one in shuffled]
    assert multiply_adds(space, shuffled).tolist() == expected == multiply_adds(space, found).tolist()


def test_it_travels_to_other_processes(tmp_path):
    benchmark = opened(tmp_path, GOOD)
    copy = pickle.loads(pickle.dumps(benchmark))  # noqa: S301
    assert rows(copy) == rows(benchmark)


@pytest.mark.parametrize(
    ("changes", "named", "message"),
    [
        ({"arch_str": ["0,1", "1,1", "0,1"]}, {}, "each architecture once, got '0,1' in rows 0 and 2"),
        ({"arch_str": ["0,1", None, "1,0"]}, {}, "an architecture in every row, got none in row 1"),
        ({"arch_str": ["0,1", "1", "1,0"]}, {}, "'0,1' in row 0 with 2, got '1' in row 1 with 1"),
        ({"arch_str": [1, 2, 3]}, {}, "expected a column of architecture strings, got none among arch_str"),
        ({"y_val": [1, 2, 3]}, {}, "got several, x_val, y_val; name it with --metric"),
        ({"y_test": [1, 2, 3]}, {"metric": "z"}, "--metric: there is no column 'z'; known: x_test, x_val"),
        ({}, {"metric": "-z"}, "--metric: there is no column 'z'; known: x_test, x_val"),
        ({}, {"metric": "arch_str"}, "--metric: expected a column of numbers, got string in 'arch_str'"),
        ({"x_val": [None, None, None]}, {"metric": "x_val"}, "--metric: expected a column of numbers"),
        (
            {"s": [1.0, -2.0, 3.0]},
            {"seconds": "s"},
            "above 0 for every training, got -2 in row 1, 1 such rows",
        ),
        ({"s": [1.0, None, 3.0]}, {"seconds": "s"}, "got nan in row 1"),
    ],
)
def test_one_line_for_what_is_wrong(tmp_path, changes, named, message):
    with pytest.raises(TableError) as raised:
        opened(tmp_path, {**GOOD, **changes}, **named)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"benchmark {tmp_path / 't.parquet'}")


def test_no_result_at_all(tmp_path):
    with pytest.raises(TableError, match="expected results in 'x_val' and 'x_test', got none in any row"):
        opened(tmp_path, {**GOOD, "x_val": [float("nan")] * 3})


def test_no_rows(tmp_path):
    with pytest.raises(TableError, match="expected architectures, got no rows"):
        opened(tmp_path, {"arch_str": pa.array([], pa.string()), "val": pa.array([], pa.float64())})


def test_an_unknown_cell_is_named_with_its_row(tmp_path):
    strings = [*cells(2), cells(1)[0].replace("none~0|+", "nor_conv_7x7~0|+")]
    with pytest.raises(TableError, match=r"row 2: .*nor_conv_7x7.*correct or remove the row"):
        opened(tmp_path, {"arch_str": strings, "val": [1, 2, 3]})


@pytest.mark.parametrize("content", [b"", b"arch_str,val\n1,2\n"])
def test_files_that_are_no_tables(tmp_path, content):
    file = tmp_path / "t.parquet"
    file.write_bytes(content)
    with pytest.raises(TableError, match="expected a readable Parquet file"):
        open_table(str(file), Columns())
    with pytest.raises(TableError, match="got no file of that name"):
        open_table(str(tmp_path / "none.parquet"), Columns())
    with pytest.raises(TableError, match="expected a Parquet file or nk6, nk20, nk40, got a directory"):
        open_table(str(tmp_path), Columns())


def test_tables_of_fields_have_no_networks(tmp_path):
    space = opened(tmp_path, GOOD).problem(0).space
    with pytest.raises(SpaceError, match="expected a space with networks"):
        space.price(space.architecture((0, 1)), CIFAR, CLASSES)
