"""What a process of `workers.process_pool` runs: ``python -m workers.process_main LINK SETUP PARENT``.

The three are numbers: of an open socket to the driver, of an open file with what the worker needs, and the process id
of the driver. Until the worker is ready its standard error is a file that the driver reads where it ends early; from
then on what children print goes nowhere, and only the traceback of a crash in native code still reaches that file.
"""

import os
import pickle
import socket
import sys
import threading
import time

from workers.frames import WorkerLink
from workers.process import end_with_parent, hush
from workers.shared import read_shared
from workers.worker import Worker


def main() -> None:
    """Prepares the worker, says that it is ready, and does jobs until the driver closes the link."""
    link_number, setup, parent = map(int, sys.argv[1:4])
    end_with_parent(parent)  # before anything that may hang, as a plugin or a data set of another's making
    os.set_inheritable(link_number, False)
    link = WorkerLink(socket.socket(fileno=link_number))
    items = read_shared(setup)
    for plugin in next(items):
        from search_spaces.registry import load_plugin

        load_plugin(plugin)
    evaluate, space, data, device, patience = next(items)
    os.close(setup)  # what was read of it stays in memory
    worker = Worker(evaluate, space, data, device, patience)
    worker.settle(parent)
    hush()
    _serve(link, worker, patience.beat)


def _serve(link: WorkerLink, worker: Worker, beat_seconds: float) -> None:
    """Runs jobs on this thread; another one sends signs of life, the first of which says that the worker is up."""
    link.send(pickle.dumps(worker.beat()))
    threading.Thread(target=_beat, args=(link, worker, beat_seconds), name="beat", daemon=True).start()
    while (job := link.receive()) is not None:
        link.send(worker.run_pickled(job))
    os._exit(0)  # at once: a thread that a child left behind would hold up the usual way out


def _beat(link: WorkerLink, worker: Worker, seconds: float) -> None:
    while True:
        time.sleep(seconds)
        try:
            link.send(pickle.dumps(worker.beat()))
        except OSError:  # the driver is gone, which ends this process elsewhere
            return


if __name__ == "__main__":
    main()
