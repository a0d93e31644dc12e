"""`nas bench strategies`, end to end."""

import json
import os
import signal
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest

from nas.bench.report import Comparison
from nas.cli.strategies import Output, run
from tests.nas.bench.tables import cells, write_table
from tests.nas.cli.calling import Call, spawn

FEW = ("--strategies", "random,grid", "--seeds", 3, "--trials", 20, "--jobs", 1)


def test_a_landscape_as_a_table(call: Call) -> None:
    ended = call("bench", "strategies", "nk6", *FEW)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].startswith("nk6: regret (0 optimum, 1 median), of the best so far")
    assert lines[0].endswith("the best of all by that has 0.000.")
    assert lines[1].startswith("3 seeds, 8 workers;")
    assert [line.split()[0] for line in lines if line.startswith(("random ", "grid "))] == [
        "random",
        "grid",
    ] * 3
    assert "+ better, - worse than random" in ended.out


def test_json_holds_what_the_table_shows_and_the_plot_is_drawn(call: Call, tmp_path: Path) -> None:
    file, plot = tmp_path / "out.json", tmp_path / "plot.svg"
    ended = call("bench", "strategies", "nk6", *FEW, "--json", file, "--plot", plot)
    assert ended.code == 0, ended.err
    record = json.loads(file.read_text())
    assert record["seeds"] == [0, 1, 2]
    mean = record["strategies"][0]["by_trials"][-1]["mean"]
    assert f"{mean:.3f}" in ended.out
    assert ET.parse(plot).getroot().attrib["role"] == "img"
    again = call("bench", "strategies", "nk6", *FEW, "--json", "-")
    scores = [
        [one.get("scores") for one in strategy["by_trials"]]
        for strategy in json.loads(again.out)["strategies"]
    ]
    assert scores == [
        [one.get("scores") for one in strategy["by_trials"]] for strategy in record["strategies"]
    ]


def test_a_table_of_cells(call: Call, tmp_path: Path) -> None:
    names = cells(120)
    results = [50 + (7 * index) % 40 for index in range(120)]
    file = write_table(tmp_path / "cells.parquet", {"arch_str": names, "c_val": results, "c_test": results})
    ended = call("bench", "strategies", file, *FEW, "--json", "-")
    assert ended.code == 0, ended.err
    record = json.loads(ended.out)
    assert (record["score"], record["best"], record["compute"]) == (
        "c_test, %",
        89,
        "random trainings (multiply-adds)",
    )
    grid = record["strategies"][1]
    assert grid["by_trials"][-1]["scores"] == [max(results[:20])] * 3
    assert grid["failed_share"] == 0


def test_a_single_seed_has_no_interval_and_a_note_goes_beside_the_json(call: Call, tmp_path: Path) -> None:
    columns = {"arch": ["0,1", "1,1", "1,0"], "val": [80.0, None, 50.0]}
    few = ("--strategies", "random", "--seeds", 1, "--trials", 3, "--jobs", 1)
    file = write_table(tmp_path / "t.parquet", columns)
    ended = call("bench", "strategies", file, *few)
    assert ended.out.splitlines()[1] == "1 seed, 8 workers; no interval, which takes more seeds."
    as_json = call("bench", "strategies", file, *few, "--json", "-")
    assert json.loads(as_json.out)["best"] == 80
    assert [line.split(": ")[0] for line in as_json.err.splitlines()[:2]] == ["note", "note"]
    assert "1 of 3 rows without a finite result in 'val'; such a training fails" in as_json.err


def test_a_table_of_fields_with_its_columns_named_is_searched_whole(call: Call, tmp_path: Path) -> None:
    columns = {
        "config": ["8:16", "8:24", "16:8"],
        "loss": [1.5, 2.5, 0.5],
        "cost": [1.0, 2.0, 3.0],
        "note": ["", "a", "b"],
    }
    file = write_table(tmp_path / "sizes.parquet", columns)
    named = ("--architecture-column", "config", "--metric", "-loss", "--score", "-cost", "--seconds", "cost")
    ended = call("bench", "strategies", file, *FEW, *named)
    assert ended.code == 0, ended.err
    assert "sizes.parquet: cost, of the best so far" in ended.out
    assert "the best of all by that has 3.00" in ended.out
    assert "random: 3 of 3 searches ended early: " in ended.out


def test_repeats_are_said_and_seen(call: Call, tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    ended = call("bench", "strategies", "nk6", *FEW, "--repeats", 4, "--plot", plot)
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[1].startswith("3 seeds, 8 workers, 4 trainings of each architecture;")
    assert "4 trainings of each architecture" in plot.read_text()
    once = call("bench", "strategies", "nk6", *FEW, "--json", "-")
    often = call("bench", "strategies", "nk6", *FEW, "--repeats", 4, "--json", "-")
    first, second = (json.loads(one.out)["strategies"][0]["by_trials"][-1]["mean"] for one in (once, often))
    assert second > first  # a quarter of the architectures: the best of them is worse


def test_the_table_is_shown_also_where_the_plot_cannot_be_written_any_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "plots"
    directory.mkdir()
    output = Output(None, directory / "plot.svg")
    output.check()

    def tell(comparison: Comparison) -> None:
        directory.rmdir()
        output.tell(comparison)

    options = {
        "benchmark": "nk6",
        "strategies": "random",
        "seeds": 2,
        "trials": 5,
        "jobs": 1,
        "first_seed": 0,
    }
    with pytest.raises(click.UsageError, match="--plot: expected a file that can be written"):
        run(options, tell)
    assert "after so many trials:" in capsys.readouterr().out


def test_more_seeds_begin_elsewhere(call: Call) -> None:
    ended = call("bench", "strategies", "nk6", *FEW, "--first-seed", 1_000_000, "--json", "-")
    assert json.loads(ended.out)["seeds"] == [1_000_000, 1_000_001, 1_000_002]


def test_small_children_trained_truly(call: Call, tmp_path: Path) -> None:
    database, plot = f"sqlite:///{tmp_path / 'nas.db'}", tmp_path / "plot.svg"
    ended = call(
        *(
            "bench",
            "strategies",
            "--dataset",
            "digits",
            "--space",
            "toy",
            "--backend",
            "local",
            "--epochs",
            1,
        ),
        *("--train-images", 100, "--trials", 3, "--seeds", 2, "--strategies", "random,grid"),
        *("--db", database, "--plot", plot, "--json", "-"),
    )
    assert ended.code == 0, ended.err
    record = json.loads(ended.out)
    assert record["benchmark"] == "digits, space toy, 1 epochs of 100 pictures a training"
    assert record["score"] == "validation accuracy, %"
    assert record["compute"] == "seconds of training"
    listed = json.loads(call("list", "--db", database, "--json").out)
    assert sorted(one["name"] for one in listed) == [
        "bench-0-random-seed0", "bench-0-random-seed1", "bench-1-grid-seed0", "bench-1-grid-seed1",
    ]  # fmt: skip
    for strategy, name in zip(record["strategies"], ("bench-0-random", "bench-1-grid"), strict=True):
        best = [
            json.loads(call("leaderboard", f"{name}-seed{seed}", "--db", database, "--json").out)[0]
            for seed in (0, 1)
        ]
        expected = [100 * one["validation_accuracy"] for one in best]
        assert strategy["by_trials"][-1]["scores"] == pytest.approx(expected)
    ET.parse(plot)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected a BENCHMARK, such as nk20 or a Parquet file, or --dataset, got neither"),
        (("nk6", "--dataset", "digits"), "got both; give one of them"),
        (
            ("nk6", "--db", "sqlite:///x.db", "--set", "a=1"),
            "--db, --set: of use only with --dataset; leave it out",
        ),
        (("--dataset", "digits", "--batches"), "--batches: of use only with a BENCHMARK"),
        (("nk6", "--metric", "val"), "nk6 has no columns"),
        (("nk600",), "benchmark nk600: expected nk4 to nk100, got 600 decisions"),
        (
            ("none.parquet",),
            "benchmark none.parquet: expected a Parquet file or nk6, nk20, nk40, got no file",
        ),
        (("nk6", "--strategies", "random,rondom"), "'rondom' is not known;"),
        (("nk6", "--strategies", "random,random"), "got random more than once"),
        (("nk6", "--strategies", "reinforce[learning_rate=-1]"), "learning_rate:"),
        (("nk6", *FEW, "--plot", "/none/plot.svg"), "--plot: expected a file that can be written, got /none"),
        (("nk6", *FEW, "--plot", "-"), "--plot: expected a file whose name ends in .svg, got '-'"),
        (("nk6", *FEW, "--first-seed", 10**22), "--first-seed: 10000000000000000000000 is not in the range"),
        (("nk6", *FEW, "--json", "/none/out.json"), "--json: expected a file that can be written, got /none"),
        (("nk6", *FEW, "--repeats", 30), "--repeats: expected at most the 20 trials of a search, got 30"),
        (("--dataset", "digits", "--strategies", "rondom", "--backend", "local"), "'rondom' is not known;"),
    ],
)
def test_one_line_for_what_cannot_be(arguments: tuple[object, ...], message: str, call: Call) -> None:
    ended = call("bench", "strategies", *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert message in ended.err
    assert ended.err.count("\n") == 1


def test_ctrl_c_ends_it_and_all_its_processes() -> None:
    import psutil

    with spawn("bench", "strategies", "nk6", "--strategies", "random", "--trials", "20000") as process:
        root = psutil.Process(process.pid)
        deadline = time.monotonic() + 60
        while sum("forkserver" in " ".join(one.cmdline()) for one in root.children(recursive=True)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        children = root.children(recursive=True)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
