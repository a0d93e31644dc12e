"""Independent pieces of work in processes that end with this one, each with one thread for numbers."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait as wait_for_end
from typing import Any, TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Key = TypeVar("Key")
Result = TypeVar("Result")


_work: list[Callable[[Any], Any]] = []
"""Of a process that was started for some work: what it does with each key it is given."""


def run_all(
    function: Callable[[Key], Result], keys: Sequence[Key], jobs: int
) -> Iterator[tuple[Key, Result]]:
    """Yields each key with its result as they are done; with one job in this process, in order.

    `function` must be picklable where there are more. The first error ends all, as does Ctrl-C.
    """
    if jobs == 1:
        with _one_thread():
            for key in keys:
                yield key, function(key)
        return
    others = set(active_children())
    context = get_context("forkserver")
    context.set_forkserver_preload([function.__module__])  # so that torch is imported once
    executor = ProcessPoolExecutor(jobs, context, _start, (function,))
    try:
        waiting = {executor.submit(_do, key): key for key in keys}
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _start(function: Callable[[Any], Any]) -> None:
    """Prepares a process: it takes orders, and the end, from its parent alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    torch.set_num_threads(1)
    threadpool_limits(1)
    _work.append(function)


def _end_with(sentinel: int) -> None:
    wait_for_end([sentinel])
    os._exit(1)


def _do(key: Any) -> Any:
    return _work[0](key)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)
