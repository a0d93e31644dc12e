"""The fault matrix: what is done to a search, and the tests that show what becomes of it. The page to begin with.

Of each fault the tests in this directory show that a whole search survives it: real driver processes, real workers, a
real database; afterwards `Scene.check_whole` holds. The others show the same of the part that is hit, and of Ray. What
takes minutes, or Ray, is marked `faults` and run by `make test-faults`; `nas chaos` lets storms of all this loose on a
search for as long as one likes.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parents[1]


class Row(NamedTuple):
    """A fault in a few words, and its tests as "path::function", below `tests`."""

    fault: str
    tests: tuple[str, ...]


MATRIX = {
    # Workers
    1: Row(
        "a worker is killed in training",
        (
            "faults/test_workers.py::test_a_worker_killed_in_training",
            "workers/test_process_pool.py::test_a_worker_that_is_killed_in_training_ends_its_job_and_is_replaced",
            "workers/test_ray_faults.py::test_row_1_a_worker_killed",
        ),
    ),
    2: Row(
        "the driver, which alone writes results, is killed just before and just after it commits one",
        (
            "faults/test_drivers.py::test_killed_before_a_result_is_stored_it_is_trained_again_and_after_it_is_not",
            "nas/chaos/test_driver.py::test_killed_at_every_pass_of_every_point",
        ),
    ),
    3: Row(
        "a worker is asked to end: its machine is wanted back",
        (
            "faults/test_workers.py::test_a_worker_that_is_asked_to_end",
            "workers/test_process_pool.py::test_a_worker_that_is_killed_in_training_ends_its_job_and_is_replaced",
            "workers/test_ray_faults.py::test_row_3_a_worker_asked_to_end",
        ),
    ),
    4: Row(
        "a worker is stopped for longer than the driver is patient, then goes on; its late result does not count",
        (
            "faults/test_workers.py::test_a_worker_that_is_stopped_for_too_long",
            "workers/test_process_pool.py::test_a_stopped_worker_ends_itself_where_the_driver_is_more_patient",
            "workers/test_process_pool_use.py::test_a_late_outcome_and_a_late_beat_are_dropped",
            "workers/test_ray_faults.py::test_row_4_a_worker_stopped",
            "nas/search/test_failing.py::test_a_late_result_is_thrown_away_and_the_search_goes_on",
        ),
    ),
    5: Row(
        "all workers are killed at once",
        (
            "faults/test_workers.py::test_all_workers_killed_at_once",
            (
                "workers/test_process_pool.py"
                "::test_all_workers_killed_at_once_are_as_many_lost_jobs_and_the_pool_works_on"
            ),
        ),
    ),
    6: Row(
        "workers crash whenever they start, or whatever they train",
        (
            "faults/test_children.py::test_workers_that_crash_at_import",
            "faults/test_children.py::test_workers_that_every_child_crashes",
            "workers/test_process_pool.py::test_workers_that_end_before_they_are_ready_end_the_wait",
            "nas/search/test_failing.py::test_an_architecture_that_has_ended_too_many_workers_is_set_aside",
        ),
    ),
    7: Row(
        "a worker is killed while a process that it has forked lives",
        (
            "faults/test_workers.py::test_a_worker_killed_while_a_child_it_has_forked_lives",
            "workers/test_process_pool.py::test_a_killed_worker_whose_child_lives_is_found_and_the_child_ended",
            "workers/test_ray_faults.py::test_row_7_a_worker_killed_whose_forked_child_lives",
        ),
    ),
    8: Row(
        "a training hangs, in Python or in native code that lets no other thread run",
        (
            "faults/test_workers.py::test_a_training_that_hangs",
            "faults/test_workers.py::test_a_training_that_lets_no_other_thread_run",
            "workers/test_process_pool.py::test_a_hung_training_is_killed_and_its_process_gone_before_the_next",
            "workers/test_ray_faults.py::test_row_8_a_training_that_lets_no_other_thread_run",
            "workers/test_ray_faults.py::test_row_8_a_training_that_hangs",
        ),
    ),
    9: Row(
        "a reader of pictures hangs",
        (
            "faults/test_workers.py::test_a_reader_of_pictures_that_hangs",
            "workers/test_process_pool.py::test_a_reader_of_pictures_that_hangs_is_killed",
        ),
    ),
    # Ray
    10: Row("a node of the cluster dies", ("workers/test_ray_faults.py::test_row_10_a_node_killed",)),
    11: Row("a node is cut off for a while", ("workers/test_ray_faults.py::test_row_11_a_node_stopped",)),
    12: Row(
        "the head of the cluster dies",
        (
            "workers/test_ray_faults.py::test_rows_12_and_13_the_local_ray_or_its_host_killed",
            "workers/test_ray_faults.py::test_row_12_the_head_of_a_cluster_killed_and_started_again",
            "workers/test_ray_faults.py::test_row_12_the_head_of_a_cluster_killed_alone_and_never_started_again",
        ),
    ),
    13: Row(
        "the Ray that a search has started dies, once or again and again",
        (
            "workers/test_ray_faults.py::test_rows_12_and_13_the_local_ray_or_its_host_killed",
            "workers/test_ray_faults.py::test_a_local_ray_that_is_lost_again_and_again_is_given_up",
        ),
    ),
    # Drivers
    14: Row(
        "a storm of kills, each aimed at a worker in training or at the driver that holds the lease",
        (
            "faults/test_drivers.py::test_an_aimed_storm_on_drivers_and_workers",
            "faults/test_moments.py::test_killed_at_twenty_moments",
            "faults/test_moments.py::test_killed_at_twenty_moments_with_a_policy_on_postgresql",
            "faults/test_trainer.py::test_a_child_goes_on_behind_its_saved_epoch",
        ),
    ),
    15: Row(
        "the driver is killed at every named point around every commit",
        (
            "nas/chaos/test_driver.py::test_killed_once_at_every_point_one_after_the_other",
            "nas/chaos/test_driver.py::test_killed_at_every_pass_of_every_point",
            "nas/search/test_loop.py::test_killed_at_every_single_write_and_resumed_tells_the_same_story",
            "nas/cli/test_resume.py::test_killed_and_resumed",
        ),
    ),
    16: Row(
        "Ctrl-C, once and twice",
        (
            "nas/chaos/test_driver.py::test_a_signal_stops_it_and_it_goes_on_where_it_was",
            "nas/cli/test_resume.py::test_stopped_by_a_signal_and_resumed",
            "nas/cli/test_resume.py::test_two_signals_end_at_once",
        ),
    ),
    17: Row(
        "SIGTERM, also while Ray starts",
        (
            "nas/chaos/test_driver.py::test_a_signal_stops_it_and_it_goes_on_where_it_was",
            "nas/cli/test_resume.py::test_stopped_by_a_signal_and_resumed",
            "workers/test_ray_start.py::test_a_signal_during_the_start_ends_it_at_once_and_cleanly",
        ),
    ),
    18: Row(
        "two drivers of one search at once",
        (
            "faults/test_drivers.py::test_two_drivers_at_once",
            "nas/chaos/test_driver.py::test_a_second_driver_is_told_who_drives",
        ),
    ),
    19: Row(
        "a driver stands still until another has taken over, then goes on",
        (
            "faults/test_drivers.py::test_a_driver_that_stood_still_while_another_took_over",
            "nas/chaos/test_driver.py::test_a_driver_that_stood_still_while_another_took_over_writes_nothing",
            "nas/search/test_failing.py::test_a_search_that_was_taken_over_writes_nothing_more",
        ),
    ),
    # The database
    20: Row(
        "the database server crashes with all its processes, and is there again after five seconds",
        ("faults/test_servers.py::test_a_server_that_crashes_and_is_there_again_after_five_seconds",),
    ),
    21: Row(
        "the database is away for a while, for more than a minute, or for longer than is waited",
        (
            "faults/test_servers.py::test_a_server_that_is_away_for_a_while",
            "faults/test_servers.py::test_a_server_that_is_away_for_more_than_a_minute",
            "faults/test_servers.py::test_a_server_that_stays_away_for_too_long",
            "nas/storage/test_open.py::test_a_server_that_stops_and_starts",
        ),
    ),
    22: Row(
        "a connection is ended in the midst of a transaction",
        (
            "faults/test_servers.py::test_connections_that_are_ended_in_the_midst_of_a_transaction",
            "nas/storage/test_connection.py::test_an_ended_connection_is_made_again",
        ),
    ),
    23: Row(
        "another program locks SQLite's file",
        (
            "faults/test_disks.py::test_a_foreign_program_locks_the_database",
            "faults/test_disks.py::test_a_foreign_program_locks_the_database_for_longer_than_the_lease",
            "nas/storage/test_connection.py::test_a_lock_is_waited_for_and_told_of",
            "nas/storage/test_connection.py::test_a_foreign_program_locks_for_half_a_minute",
        ),
    ),
    24: Row(
        "the n-th statement fails, or the answer to the n-th commit is lost, for every n",
        (
            "nas/storage/test_exactly_once.py::test_every_step_may_fail",
            "nas/storage/test_breaking.py::test_whatever_fails_happens_once",
            "nas/search/test_loop.py::test_killed_at_every_single_write_and_resumed_tells_the_same_story",
        ),
    ),
    25: Row(
        "the disk of the database is full",
        (
            "faults/test_disks.py::test_a_full_disk_is_waited_for",
            "faults/test_disks.py::test_a_full_disk_is_not_waited_for",
            "nas/storage/test_disk.py::test_room_is_waited_for",
            "nas/storage/test_disk.py::test_room_is_not_waited_for",
        ),
    ),
    26: Row(
        "the disk is full where the state of a training is to be saved",
        ("faults/test_disks.py::test_a_full_disk_is_waited_for",),
    ),
    27: Row(
        "the stored state of the strategy, or of a training, is damaged",
        (
            "faults/test_damage.py::test_a_damaged_state_of_the_strategy",
            "faults/test_damage.py::test_a_damaged_state_of_a_training",
            "nas/storage/test_sql.py::test_a_damaged_checkpoint_is_passed_over",
            "workers/test_saved.py::test_with_a_damaged_state_the_training_begins_at_the_beginning",
        ),
    ),
    28: Row(
        "the database is truncated, damaged, another program's, or of another version",
        (
            "nas/storage/test_open.py::test_a_truncated_or_damaged_file_is_not_written_to",
            "nas/storage/test_open.py::test_a_text_file",
            "nas/storage/test_check.py::test_every_damage_is_found",
            "nas/storage/test_upgrade.py::test_every_row_is_kept",
        ),
    ),
    29: Row(
        "an upgrade of the database is killed on the way",
        (
            "nas/storage/test_upgrade.py::test_killed_on_the_way",
            "nas/storage/test_upgrade.py::test_whichever_statement_fails",
        ),
    ),
    # Children
    30: Row(
        "a child does not fit the memory of its GPU",
        (
            "faults/test_children.py::test_memory_that_ran_out",
            "workers/test_evaluate.py::test_what_a_child_raises_becomes_a_failure_of_its_kind",
            "workers/test_process_pool.py::test_memory_that_ran_out_costs_the_process",
        ),
    ),
    31: Row(
        "a child does not fit the memory of its host",
        (
            "faults/test_children.py::test_memory_that_ran_out",
            "workers/test_evaluate.py::test_the_real_error_of_a_cpu_without_memory",
            "workers/test_ray_faults.py::test_row_31_a_worker_that_eats_the_memory_of_its_host",
        ),
    ),
    32: Row(
        "a loss, or an accuracy, is no number",
        (
            "faults/test_children.py::test_children_that_fail_in_ways_of_their_own",
            "workers/test_evaluate.py::test_a_child_that_diverges",
            "workers/test_trainer.py::test_a_loss_that_is_not_finite_ends_the_training_at_once",
        ),
    ),
    33: Row(
        "a child raises what cannot be told, ends Python, or prints without end",
        (
            "faults/test_children.py::test_children_that_fail_in_ways_of_their_own",
            "workers/test_process_pool.py::test_whatever_a_child_raises_is_its_failure_and_costs_its_process",
            "workers/test_process_pool.py::test_what_a_child_prints_goes_nowhere",
        ),
    ),
    # What is around it
    34: Row(
        "a clock jumps by an hour, to and fro",
        (
            "faults/test_clocks.py::test_the_clock_of_a_driver_and_its_sqlite_jumps",
            "faults/test_clocks.py::test_the_clock_of_a_server_jumps",
            "nas/storage/test_sql.py::test_a_clock_that_was_set_takes_no_time_and_gives_none",
        ),
    ),
    35: Row(
        "a dashboard reads very many trials while a search runs, is killed and started again",
        (
            "faults/test_readers.py::test_a_reader_beside_a_search",
            "nas/storage/test_sql.py::test_a_reader_sees_while_another_writes",
        ),
    ),
    36: Row(
        "the pictures are moved or changed while a search runs, and before it goes on",
        (
            "faults/test_pictures.py::test_pictures_that_are_moved_and_changed",
            "workers/test_evaluate.py::test_pictures_that_cannot_be_read_are_the_datas_fault",
        ),
    ),
    37: Row(
        "a worker of a driver that was killed lives on",
        (
            "faults/test_workers.py::test_what_is_left_of_a_driver_that_was_killed_ends_by_itself",
            "faults/test_workers.py::test_an_orphan_that_cannot_end_itself_disturbs_nobody",
            "workers/test_process_pool_use.py::test_workers_and_what_they_have_forked_die_with_their_driver",
            "workers/test_process.py::test_a_process_ends_when_its_parent_is_killed",
        ),
    ),
}


def test_the_matrix_has_all_its_rows() -> None:
    assert list(MATRIX) == list(range(1, 38))


@pytest.mark.parametrize("number", MATRIX)
def test_every_row_has_tests_that_exist(number: int) -> None:
    row = MATRIX[number]
    assert row.fault
    assert row.tests
    missing = [
        test for test in row.tests if test.partition("::")[2] not in functions(test.partition("::")[0])
    ]
    assert missing == []


def test_every_test_of_a_whole_search_is_in_the_matrix() -> None:
    named = {test for row in MATRIX.values() for test in row.tests}
    here = {
        f"faults/{path.name}::{function}"
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
        for function in functions(f"faults/{path.name}")
        if function.startswith("test_")
    }
    assert sorted(here - named) == []


@cache
def functions(path: str) -> frozenset[str]:
    """The names of all functions in a file."""
    return frozenset(_functions(ast.parse((TESTS / path).read_text())))


def _functions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.name
