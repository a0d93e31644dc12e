"""The evaluation that trains nothing."""

import subprocess
import sys

from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.noop import evaluate_nothing


def test_the_architecture_alone_decides():
    space, data = TinySpace(), tiny_data()
    outcomes = [
        evaluate_nothing(tiny_job(i, tokens=tokens, seed=i), space, data, "cpu")
        for i, tokens in enumerate([(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)])
    ]
    accuracies = [outcome.validation_accuracy for outcome in outcomes]
    assert accuracies[0] == accuracies[4]
    assert len(set(accuracies)) == 4
    assert all(0 <= accuracy < 1 for accuracy in accuracies)
    assert [outcome.job_id for outcome in outcomes] == [0, 1, 2, 3, 4]


def test_it_starts_without_torch():
    command = "import sys, workers.noop, workers.ray_pool; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)
