"""What holds of every strategy in every combination of wrappers: asked, told, saved, restored, replayed."""

from itertools import pairwise

import pytest

from nas.errors import StorageError
from nas.strategies.base import Strategy
from tests.nas.strategies.combinations import BUILDS, NAMES, SPACE, Build, measure, plain
from tests.nas.strategies.driver import Driver
from workers.job import FailureKind


@pytest.fixture(params=BUILDS.values(), ids=BUILDS.keys())
def build(request: pytest.FixtureRequest) -> Build:
    built: Build = request.param
    return built


def driver(strategy: Strategy) -> Driver:
    return Driver(strategy, SPACE, measure)


class TestContract:
    def test_ask_returns_as_many_valid_proposals_as_asked(self, build: Build) -> None:
        strategy = build(0)
        for count in (0, 1, 5):
            proposals = strategy.ask(count)
            assert len(proposals) == count
            for proposal in proposals:
                SPACE.validate(proposal.architecture)

    def test_same_seed_and_calls_give_same_answers(self, build: Build) -> None:
        one, two = driver(build(3)), driver(build(3))
        for each in (one, two):
            each.rounds(4, batch=4)
        assert one.trials == two.trials
        assert one.updates == two.updates
        assert one.strategy.save() == two.strategy.save()

    def test_results_may_come_in_any_order_while_others_run(self, build: Build) -> None:
        late = driver(build(1))
        late.ask(7)
        assert len(late.tell([3, 0, 6]).baselines) == 3
        assert late.tell([]).baselines == ()
        late.ask(2)
        late.tell([8, 1])
        assert len(late.tell([2]).baselines) == 1
        late.tell([7, 5, 4])
        assert not late.running
        assert len(late.ask(3)) == 3

    def test_every_child_may_fail(self, build: Build) -> None:
        failing = Driver(build(0), SPACE, lambda _: FailureKind.ERROR)
        failing.rounds(4, batch=3)
        assert len(failing.trials) == 12

    def test_a_machinery_that_always_fails_teaches_nothing(self, build: Build) -> None:
        failing = Driver(build(0), SPACE, lambda _: FailureKind.WORKER_LOST)
        failing.rounds(4, batch=3)
        assert failing.updates == []
        assert len(failing.ask(2)) == 2

    @pytest.mark.parametrize("rounds", [0, 3])
    def test_restored_goes_on_as_if_never_stopped(self, build: Build, rounds: int) -> None:
        live = driver(build(2))
        live.rounds(rounds, batch=3)
        in_work = [trial.number for trial in live.ask(3)]  # of these, one is told before the state is saved
        live.tell([in_work.pop(1)])
        resumed = live.moved_to(build(99))
        for each in (live, resumed):
            each.tell(in_work)
            each.rounds(3, batch=3)
        assert resumed.trials == live.trials
        assert resumed.updates == live.updates
        assert resumed.strategy.save() == live.strategy.save()

    def test_replaying_asks_and_tells_gives_the_same_state(self, build: Build) -> None:
        live, again = driver(build(5)), driver(build(5))
        live.ask(3)
        live.tell([1])
        assert live.strategy.save() == live.strategy.save()  # and saving changes nothing
        live.ask(2)
        live.tell([4, 0])
        again.trials = list(live.trials)
        for event, count in ((1, 3), (3, 2)):
            asked = [trial for trial in live.trials if trial.asked_event == event]
            assert [one.architecture for one in again.strategy.ask(count)] == [
                one.architecture for one in asked
            ]
            told = [trial for trial in live.trials if trial.told_event == event + 1]
            known = [trial for trial in live.trials if trial.asked_event <= event]
            open_then = [one for one in known if one.told_event is None or one.told_event > event + 1]
            again.strategy.tell(sorted(told, key=lambda trial: -trial.number), open_then)
        assert again.strategy.save() == live.strategy.save()

    def test_state_that_is_none_is_refused(self, build: Build) -> None:
        with pytest.raises(StorageError, match="expected what its `save` returned, got 5 other bytes"):
            build(0).restore(b"\x80\x04N.\n", [])

    def test_state_of_another_strategy_is_refused(self, build: Build) -> None:
        for name in ("random", "grid", "local"):
            foreign = plain(name)(0)
            if foreign.save() != build(0).save():
                with pytest.raises(StorageError, match=f"expected its own, got one of '{name}'"):
                    build(0).restore(foreign.save(), [])


# Scored in one batch, log-probabilities are rounded in another order. All other wrappers ask for one at a time.
DRAWN_TOGETHER = {f"graded {name}" for name in ("reinforce", "ppo", "enas", "pqt")}


@pytest.mark.parametrize("label", BUILDS)
def test_asking_for_several_is_asking_several_times(label: str) -> None:
    together, apart = BUILDS[label](6), BUILDS[label](6)
    expected = [proposal for _ in range(9) for proposal in apart.ask(1)]
    asked = together.ask(9)
    assert [one.architecture for one in asked] == [one.architecture for one in expected]
    if label not in DRAWN_TOGETHER:
        assert asked == expected


@pytest.mark.parametrize("name", sorted({*NAMES} - {"grid", "optuna:grid", "optuna:qmc"}))
def test_seeds_differ(name: str) -> None:
    batches = [[proposal.architecture for proposal in plain(name)(seed).ask(20)] for seed in range(4)]
    assert all(one != two for one, two in pairwise(batches))
