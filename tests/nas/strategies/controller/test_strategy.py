"""The default strategy as a whole: what it proposes as results come in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev

import pytest
import torch

from nas.controller.surrogate import Surrogate
from nas.strategies import filter as filters
from nas.strategies.base import Strategy
from nas.strategies.controller.settings import ControllerSettings
from nas.strategies.controller.shortlist import Shortlist
from nas.strategies.controller.strategy import Controller
from nas.strategies.random import RandomSearch
from nas.strategies.wrapped import wrapped
from nas.trial import Proposal, Trial
from search_spaces.architecture import Architecture
from search_spaces.errors import SpaceError
from search_spaces.spaces.cell import CellSpace
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.controller.samples import certain
from tests.nas.strategies.driver import Driver, Measure
from tests.nas.strategies.landscape import landscape
from workers.job import FailureKind

TOY = ToySpace()
SPACE = CellSpace.from_settings(
    blocks=2, operations="conv_3x3,max_pool_3x3,identity,sep_conv_3x3,sep_conv_5x5"
)
QUICK = ControllerSettings(first_results=8, results_per_update=4, drawn=32, drawn_hot=32, mutated=32)


def driven(measure: Measure, strategy: Strategy | None = None) -> Driver:
    return Driver(wrapped(strategy or Controller(SPACE, 0, QUICK), str), SPACE, measure)


def only(test: Callable[[Architecture], bool], attempts: int = 300) -> filters.Filter:
    return filters.Filter(filters.Test(test, attempts, "were not wanted"))


class TestLearning:
    def test_finds_better_architectures_than_random_search(self) -> None:
        gains, first, last = [], [], []
        for seed in range(4):
            measure = landscape(SPACE, seed)
            learnt = driven(measure, Controller(SPACE, seed))
            drawn = driven(measure, RandomSearch(SPACE, seed))
            for each in (learnt, drawn):
                each.rounds(10, batch=8)
            gains.append(learnt.best - drawn.best)
            first.append(fmean(trial.reward or 0.0 for trial in learnt.trials[:24]))
            last.append(fmean(trial.reward or 0.0 for trial in learnt.trials[-24:]))
        assert fmean(gains) > 0.1 + stdev(gains) / sqrt(len(gains))
        assert all(late > early + 0.1 for early, late in zip(first, last, strict=True))

    def test_the_policy_itself_comes_to_prefer_what_is_good(self) -> None:
        driver = driven(landscape(SPACE, 3), inner := Controller(SPACE, 3))
        driver.rounds(12, batch=8)
        measure = landscape(SPACE, 3)
        drawn = [SPACE.architecture(row) for row in inner._learner.draw(100).tolist()]
        early = [trial.architecture for trial in driver.trials[:24]]
        assert fmean(map(measure, drawn)) > fmean(map(measure, early)) + 0.1

    def test_failures_are_avoided(self) -> None:
        worth = landscape(SPACE, 1)

        def measure(architecture: Architecture) -> float | FailureKind:
            return FailureKind.ERROR if architecture.tokens[0] == 0 else worth(architecture)

        driver = driven(measure)
        driver.rounds(16, batch=5)
        failed = [trial.failure is not None for trial in driver.trials]
        assert sum(failed[-40:]) < sum(failed[:40]) / 2

    def test_percents_are_as_good_as_fractions(self) -> None:
        worth = landscape(SPACE, 2)
        fractions, percents = driven(worth), driven(lambda architecture: 100 * worth(architecture))
        for each in (fractions, percents):
            each.rounds(6, batch=5)
        assert [trial.architecture for trial in fractions.trials] == [
            trial.architecture for trial in percents.trials
        ]

    def test_results_that_are_all_equal_do_no_harm(self) -> None:
        driver = driven(lambda _: 0.1)
        driver.rounds(8, batch=4)
        assert len({trial.architecture for trial in driver.trials}) == 32


class TestProposals:
    def test_one_at_a_time_or_all_at_once_is_the_same(self) -> None:
        together, apart = driven(landscape(SPACE, 0)), driven(landscape(SPACE, 0))
        together.rounds(5, batch=4)
        for _ in range(5):
            numbers = [trial.number for _ in range(4) for trial in apart.ask(1)]
            apart.tell(reversed(numbers))
        assert [one.architecture for one in together.trials] == [one.architecture for one in apart.trials]

    def test_more_can_be_asked_for_than_are_on_the_shortlist(self) -> None:
        driver = driven(landscape(SPACE, 0), Controller(SPACE, 0, ControllerSettings(shortlist=5)))
        driver.rounds(4, batch=8)
        assert len({trial.architecture for trial in driver.ask(30)}) == 30

    def test_only_what_the_filter_accepts_is_proposed(self) -> None:
        def feasible(architecture: Architecture) -> bool:
            return sum(architecture.tokens) % 7 == 0

        strategy = Controller(SPACE, 0, QUICK)
        driver = Driver(wrapped(strategy, str, is_feasible=feasible), SPACE, landscape(SPACE, 0))
        driver.rounds(8, batch=4)
        assert len(driver.trials) == 32
        assert all(feasible(trial.architecture) for trial in driver.trials)

    def test_a_filter_that_lets_next_to_nothing_through_is_searched_uniformly(self) -> None:
        wanted = set(list(TOY.enumerate())[::50])
        found = Controller(TOY, 0, QUICK).ask(3, only(lambda one: one in wanted, attempts=5_000))
        assert len(found) == 3
        assert {proposal.architecture for proposal in found} <= wanted
        for proposal in found:
            assert sum(proposal.decision_log_probabilities) == pytest.approx(
                proposal.log_probability, abs=1e-4
            )

    def test_every_decision_has_its_probability_also_after_a_restore(self) -> None:
        driver = driven(landscape(SPACE, 0), Controller(SPACE, 0, QUICK))
        driver.rounds(8, batch=4)
        restored = driver.moved_to(wrapped(Controller(SPACE, 5, QUICK), str))
        proposals = [trial.decision_log_probabilities for trial in driver.ask(4)]
        assert proposals == [trial.decision_log_probabilities for trial in restored.ask(4)]
        for trial in driver.trials:
            assert len(trial.decision_log_probabilities) == len(SPACE.decisions)
            assert sum(trial.decision_log_probabilities) == pytest.approx(trial.log_probability, abs=1e-4)

    def test_a_shortlist_of_an_older_version_has_none_of_single_decisions(self) -> None:
        strategy = Controller(SPACE, 0, QUICK)
        strategy.ask(1)
        assert strategy._shortlist is not None
        del strategy._shortlist.tensors["log_chosen"]
        restored = Controller(SPACE, 1, QUICK)
        restored.restore(strategy.save(), [])
        (proposal,) = restored.ask(1)
        assert proposal.log_probability is not None
        assert proposal.decision_log_probabilities == ()

    def test_a_filter_that_lets_nothing_through_ends_it(self) -> None:
        accepts = only(lambda _: False)
        assert Controller(TOY, 0).ask(3, accepts) == []
        assert accepts.gave_up

    def test_a_filter_that_gives_up_costs_no_candidates(self) -> None:
        strategy, patient = Controller(SPACE, 0, QUICK), Controller(SPACE, 0, QUICK)
        assert strategy.ask(3, only(lambda _: False, attempts=2)) == []
        first = [proposal.architecture for proposal in patient.ask(6)]
        assert [proposal.architecture for proposal in strategy.ask(4)] == first[2:]

    def test_a_candidate_that_is_none_of_the_space_is_refused(self) -> None:
        strategy = Controller(SPACE, 0, QUICK)
        tokens = torch.full((1, len(SPACE.decisions)), 99)
        strategy._shortlist = Shortlist.unranked(certain(tokens))
        with pytest.raises(SpaceError, match="99"):
            strategy.ask(1)


class TestSpreading:
    """Batches beside those of a twin that does not know what they know."""

    settings = replace(QUICK, first_results=32, results_per_update=32)

    def learnt(self, seed: int) -> Driver:
        driver = driven(landscape(SPACE, seed), Controller(SPACE, seed, self.settings))
        driver.rounds(8, batch=4)
        return driver

    def twin(self, driver: Driver) -> tuple[Driver, Controller]:
        inner = Controller(SPACE, 99, self.settings)
        return driver.moved_to(wrapped(inner, str)), inner

    def around_the_best(self, driver: Driver) -> list[Trial]:
        """Asks, past the strategy, for 30 neighbours of the best result."""
        best = max(driver.trials, key=lambda trial: trial.reward or 0.0).architecture
        known = {trial.architecture for trial in driver.trials}
        new = [one for one in SPACE.neighbours(best) if one not in known]
        return [driver._new_trial(Proposal(one)) for one in new[:30]]

    def told(self, inner: Controller, batch: list[Trial], others: Sequence[Trial] = ()) -> float:
        """What the model expects to be told by the batch that the others will not have told it: log-determinants."""
        _, posterior = inner._model()

        def information(trials: Sequence[Trial]) -> float:
            tokens = torch.tensor([trial.architecture.tokens for trial in trials]).reshape(len(trials), -1)
            covariance = posterior.joint(tokens)[1]
            covariance.diagonal().add_(posterior.noise)
            return float(covariance.logdet())

        return information([*batch, *others]) - (information(others) if others else 0.0)

    def test_a_batch_spreads(self) -> None:
        """The two of the highest expected improvement are alike; of those, a batch has one."""
        strategy = Controller(TOY, 0)
        nothing = torch.zeros(1, dtype=torch.float64)
        model = Surrogate([2] * 8).fit(torch.zeros(1, 8, dtype=torch.int64), nothing, nothing, steps=0)
        rows = [[1] * 4 + [0] * 4, [1] * 7 + [0], [1] * 8]
        strategy._shortlist = Shortlist.ranked(
            model, certain(torch.tensor(rows)), torch.zeros(0, 8, dtype=torch.int64)
        )
        order = [list(proposal.architecture.tokens) for proposal in strategy.ask(3)]
        assert order == [rows[2], rows[0], rows[1]]

    @pytest.mark.parametrize("kind", ["_in_work", "_pending"])
    def test_it_keeps_away_from_what_is_in_work_or_not_learnt_yet(self, kind: str) -> None:
        driver = self.learnt(1)
        others = self.around_the_best(driver)
        driver.tell([trial.number for trial in others] if kind == "_pending" else [])
        (twin, knowing), (blind_twin, blind) = self.twin(driver), self.twin(driver)
        blind._model()  # which leaves out what is pending
        assert len(getattr(blind, kind)) == len(others)
        getattr(blind, kind).clear()
        told, told_blindly = (self.told(knowing, each.ask(8), others) for each in (twin, blind_twin))
        assert told > told_blindly


class TestSmallSpace:
    @pytest.mark.parametrize("batch", [1, 7])
    def test_every_architecture_is_tried_once_and_then_it_ends(self, batch: int) -> None:
        rarely = ControllerSettings(first_results=16, results_per_update=32)
        driver = Driver(wrapped(Controller(TOY, 0, rarely), str), TOY, landscape(TOY, 0))
        while asked := driver.ask(batch):
            driver.tell([trial.number for trial in asked])
        assert len({trial.architecture for trial in driver.trials}) == len(driver.trials) == TOY.size
        assert "had been proposed before" in driver.strategy.ending


class TestRecords:
    def test_an_update_for_so_many_results_after_the_first(self) -> None:
        driver = driven(landscape(SPACE, 0))
        driver.rounds(5, batch=4)
        assert [update.trials for update in driver.updates] == [
            (3, 2, 1, 0, 7, 6, 5, 4),
            (11, 10, 9, 8),
            (15, 14, 13, 12),
            (19, 18, 17, 16),
        ]
        assert [update.version for update in driver.updates] == [1, 2, 3, 4]

    def test_late_results_are_stale(self) -> None:
        driver = driven(landscape(SPACE, 0))
        driver.ask(2)
        driver.rounds(3, batch=4)
        driver.tell([1, 0])
        driver.rounds(1, batch=4)
        stale = dict(zip(driver.updates[-1].trials, driver.updates[-1].staleness, strict=True))
        assert (stale[0], stale[1]) == (2, 2)
        assert stale[driver.trials[-1].number] == 0

    def test_the_model_sees_a_bounded_number_of_results(self) -> None:
        few = ControllerSettings(first_results=8, results_limit=16)
        driver = driven(landscape(SPACE, 0), strategy := Controller(SPACE, 0, few))
        driver.rounds(10, batch=8)
        assert len(strategy._model()[0].scores) == 16
