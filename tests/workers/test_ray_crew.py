"""The workers of a pool as its host keeps them, with a Ray whose calls end when the test says so."""

import pickle
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from ray.exceptions import RayActorError

from workers import ray_crew
from workers.errors import PoolError
from workers.job import FailureKind, Outcome
from workers.pool import Patience
from workers.ray_actor import Life, Place
from workers.ray_crew import START_ATTEMPTS, Crew
from workers.ray_protocol import Alive, Ended, Failed, Settings, Submit

pytestmark = pytest.mark.slow
"""For importing Ray."""


class Method:
    """A method of an actor: each call of it is a future, the last of which is to be had."""

    def __init__(self):
        self.calls = []

    def options(self, **_):
        return self

    def remote(self, *arguments):
        self.calls.append(Future())
        return SimpleNamespace(future=lambda: self.calls[-1])


class Actor:
    def __init__(self):
        self.life, self.run, self.beat, self.asked_to_end = Method(), Method(), Method(), Method()

    def comes_up(self, machine="elsewhere"):
        self.life.calls[-1].set_result(Life("worker", Place(machine, 4_000_000), "node"))

    def ends(self, method, error=None):
        method.calls[-1].set_exception(error or RayActorError())


@pytest.fixture
def stage(monkeypatch):
    """A crew of two; `actors` are all that were ever started, `sent` is what the pool has heard, `now` the time."""
    stage = SimpleNamespace(actors=[], sent=[], now=1000.0, on_send=lambda answer: None)

    def start(*_):
        stage.actors.append(Actor())
        return stage.actors[-1]

    def send(answer):
        stage.on_send(answer)
        stage.sent.append(answer)

    def pass_time(seconds):
        stage.now += seconds
        stage.crew.work()

    fake = {
        "remote": lambda **_: lambda actor: SimpleNamespace(remote=start),
        "put": lambda data: data,
        "kill": lambda actor: None,
    }
    for name, value in fake.items():
        monkeypatch.setattr(ray_crew.ray, name, value)
    monkeypatch.setattr(
        ray_crew, "Nodes", lambda: SimpleNamespace(learn=lambda node: None, answers=lambda node: True)
    )
    monkeypatch.setattr(ray_crew, "time", SimpleNamespace(monotonic=lambda: stage.now))
    patience = Patience(beat=1e6, silence=1e6)
    settings = Settings(None, "", 2, 0.0, 0, 0, patience, 1e6, 1e6, demanding=False, child=b"")
    stage.crew = Crew(settings, None, send, lambda: None)
    stage.pass_time = pass_time
    return stage


def outcome(job_id):
    return pickle.dumps(Outcome(job_id, 0.5, token="t"))


def of(sent, kind):
    return [answer for answer in sent if isinstance(answer, kind)]


def both_up(stage):
    for actor in stage.actors:
        actor.comes_up()
    stage.crew.work()


def in_work(stage):
    """The one actor that has been given a job."""
    (busy,) = [actor for actor in stage.actors if actor.run.calls and not actor.run.calls[-1].done()]
    return busy


def test_a_place_that_is_broken_does_not_end_a_pool_with_a_sound_one(stage):
    broken, sound = stage.actors
    sound.comes_up()
    for _ in range(START_ATTEMPTS + 2):
        broken.ends(broken.life)
        stage.crew.work()
        stage.pass_time(60)
        assert stage.actors[-1] not in (broken, sound)
        broken = stage.actors[-1]
    assert not of(stage.sent, Failed)
    sound.ends(sound.asked_to_end)  # the sound one is gone; the one after it has not tried yet
    broken.ends(broken.life)
    stage.crew.work()
    assert len(stage.actors) == START_ATTEMPTS + 5
    assert not of(stage.sent, Failed)


def test_a_pool_without_a_sound_place_ends(stage):
    for _ in range(START_ATTEMPTS):
        for actor in stage.actors[-2:]:
            assert not of(stage.sent, Failed)
            actor.ends(actor.life, RayActorError(error_msg="no such luck"))
            stage.crew.work()
        stage.pass_time(60)
    text = f"{2 * START_ATTEMPTS} workers in a row ended before they were ready; the last: no such luck"
    assert of(stage.sent, Failed) == [Failed(PoolError, text)]


def test_a_worker_that_does_not_come_up_is_started_again_after_longer_and_longer_rests(stage):
    stage.actors[0].comes_up()
    rests = []
    for _ in range(10):
        stage.actors[-1].ends(stage.actors[-1].life)
        stage.crew.work()
        count, began = len(stage.actors), stage.now
        while len(stage.actors) == count and stage.now < began + 100:
            stage.pass_time(1.0)
        rests.append(stage.now - began)
    assert rests == [1, 1, 1, 2, 4, 7, 13, 26, 30, 30]  # in whole seconds, as it is looked once in each


def test_surplus_workers_end_when_they_have_no_job_and_those_not_yet_up_first(stage):
    both_up(stage)
    stage.crew.take(Submit(1, "t", b""))
    busy = in_work(stage)
    stage.crew.resize(4)
    assert len(stage.actors) == 4
    stage.crew.resize(2)
    assert len(stage.crew._members) == 2
    assert all(member.life is not None for member in stage.crew._members)
    stage.crew.resize(1)  # the one that has a job stays
    assert [member.job is not None for member in stage.crew._members] == [True]
    stage.crew.take(Submit(2, "t", b""))
    busy.run.calls[-1].set_result(outcome(1))
    stage.crew.work()
    assert len(busy.run.calls) == 2
    busy.ends(busy.run)
    stage.crew.work()
    assert [ended.outcome.failure for ended in of(stage.sent, Ended)] == [None, FailureKind.WORKER_LOST]
    assert (len(stage.actors), len(stage.crew._members)) == (5, 1)  # in whose place there is another


def test_a_place_that_is_given_up_while_it_rests_is_not_filled_again(stage):
    stage.actors[0].comes_up()
    stage.actors[1].ends(stage.actors[1].life)
    stage.crew.work()
    stage.crew.resize(1)
    stage.pass_time(60)
    assert (len(stage.actors), len(stage.crew._members)) == (2, 1)
    stage.crew.resize(3)
    assert (len(stage.actors), len(stage.crew._members)) == (4, 3)


def test_a_job_is_with_its_worker_until_its_outcome_is_in_the_outbox(stage):
    """Else it is in neither, were Ray lost at that moment, and would be begun again."""
    both_up(stage)
    stage.crew.take(Submit(7, "t", b""))
    seen = []
    stage.on_send = lambda answer: seen.append((type(answer), stage.crew.stop()))
    in_work(stage).run.calls[-1].set_result(outcome(7))
    stage.crew.work()
    assert seen == [(Ended, {(7, "t")})]
    assert stage.crew.stop() == frozenset()


def test_nothing_is_handed_out_after_it_was_said_what_workers_have(stage):
    both_up(stage)
    stage.crew.take(Submit(1, "t", b""))
    assert stage.crew.stop() == {(1, "t")}
    stage.crew.take(Submit(2, "t", b""))
    assert sum(len(actor.run.calls) for actor in stage.actors) == 1
    assert stage.crew.stop() == {(1, "t")}


def test_a_worker_that_has_ended_with_nothing_to_do_is_given_no_job(stage, monkeypatch):
    """Which would count as lost, of a child that did nothing."""
    first, second = 2**22 + 1, 2**22 + 2  # no process has such an id
    alive = {first: True, second: True}
    monkeypatch.setattr(ray_crew, "is_alive", alive.get)
    machine = stage.crew._machine
    for pid, actor in zip(alive, list(stage.actors), strict=True):
        actor.life.calls[-1].set_result(Life(f"worker {pid}", Place(machine, pid), "node"))
    stage.crew.work()
    alive[second] = False
    stage.crew.take(Submit(1, "t", b""))
    assert len(stage.actors[0].run.calls) == 1
    assert not stage.actors[1].run.calls
    assert len(stage.actors) == 3  # in whose place another is started


def test_a_worker_elsewhere_whose_end_ray_tells_of_is_replaced_before_it_gets_a_job(stage):
    both_up(stage)
    first, second = stage.actors
    second.ends(second.asked_to_end)
    stage.crew.work()
    stage.crew.take(Submit(1, "t", b""))
    assert (len(first.run.calls), len(second.run.calls), len(stage.actors)) == (1, 0, 3)


@pytest.mark.parametrize("bytes_", [b"no pickle at all", pickle.dumps("no outcome")])
def test_an_outcome_that_cannot_be_read_is_a_fault_of_the_child(stage, bytes_):
    both_up(stage)
    stage.crew.take(Submit(1, "t", b""))
    in_work(stage).run.calls[-1].set_result(bytes_)
    stage.crew.work()
    (ended,) = of(stage.sent, Ended)
    assert (ended.outcome.job_id, ended.outcome.token) == (1, "t")
    assert ended.outcome.failure is FailureKind.ERROR
    assert "expected" in ended.outcome.error_text


def test_the_host_gives_a_sign_of_life_every_second_whatever_its_workers_do(stage):
    for _ in range(10):
        stage.pass_time(0.5)
    assert stage.sent == [Alive()] * 5
