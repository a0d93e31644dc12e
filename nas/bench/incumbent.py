"""Which architecture a search would hand over if it ended now."""

from statistics import fmean

from nas.trial import Trial

Trainings = tuple[Trial, ...]


class Incumbent:
    """The best by the mean of what the search saw of its trainings, those first that had all of their repeats.

    As the product ranks them: a single lucky training of an architecture that is to have several decides nothing.
    """

    def __init__(self, repeats: int = 1) -> None:
        self._repeats = repeats
        self._unfinished: dict[str, Trainings] = {}
        self._best: Trainings = ()

    def take(self, trial: Trial) -> Trainings:
        """Takes in a training that ended, and returns those of the best so far: none before the first that worked."""
        if trial.reward is not None:
            trainings = (*self._unfinished.pop(trial.canonical_key, ()), trial)
            if len(trainings) < self._repeats:
                self._unfinished[trial.canonical_key] = trainings
            elif not self._best or _mean(trainings) > _mean(self._best):
                self._best = trainings
        return self._best or max(self._unfinished.values(), key=_mean, default=())


def _mean(trainings: Trainings) -> float:
    return fmean(trial.reward for trial in trainings if trial.reward is not None)
