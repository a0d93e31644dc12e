"""From configuration to parts: limits are checked before anything runs, changed pictures refused."""

import pytest

from nas.builders import create_search, load_task, new_pool, new_strategy, restore_task
from nas.config import load_config
from nas.errors import ConfigError, SearchExistsError, SpaceError, UnknownNameError
from nas.storage.memory import InMemoryStorage
from search_spaces.complexity import cost
from workers.job import Recipe


def config(**sections):
    return load_config(None, {"space": {"name": "toy"}, **sections})


@pytest.fixture(scope="module")
def task():
    return load_task(config())


def test_a_task_has_its_recipes_resolved_by_the_pictures(task):
    assert task.recipe == Recipe(crop_padding=1, flip=False)
    assert task.final_recipe.epochs == 5 * task.recipe.epochs


def test_the_strategy_keeps_to_the_limits_and_never_repeats_a_function(task):
    image, classes = task.data.image, len(task.data.classes)
    prices = sorted({cost(task.space.network(a, image, classes)).parameters for a in task.space.enumerate()})
    limit = prices[len(prices) // 2]
    limited = load_task(config(limits={"max_params": limit}))
    proposals = [proposal.architecture for proposal in new_strategy(limited).ask(20)]
    assert len({limited.space.canonical_key(a) for a in proposals}) == len(proposals) == 20
    assert all(cost(limited.space.network(a, image, classes)).parameters <= limit for a in proposals)


def test_an_unknown_space_or_strategy_names_the_nearest(task):
    with pytest.raises(UnknownNameError, match="Did you mean 'toy'"):
        load_task(load_config(None, {"space": {"name": "toyy"}}))
    with pytest.raises(UnknownNameError, match="Did you mean 'reinforce'"):
        new_strategy(load_task(config(strategy={"name": "reinforced"})))


def test_a_stored_search_gives_its_task_back_unless_its_pictures_changed(task):
    with InMemoryStorage() as storage:
        create_search(storage, task)
        with pytest.raises(SearchExistsError):
            create_search(storage, task)
        record = storage.search("search")
        again = restore_task(record, task.config.database)
        assert (again.space, again.recipe) == (task.space, task.recipe)
        other = load_task(config(name="other", data={"split_seed": 1}))
        assert other.data.fingerprint != task.data.fingerprint
        create_search(storage, other)
        stored = {
            **storage.search("other").config,
            "data": {**task.config.data.model_dump(), "split_seed": 0},
        }
        from dataclasses import replace

        with pytest.raises(ConfigError, match="has changed since it was started"):
            restore_task(replace(storage.search("other"), config=stored), task.config.database)


def test_networks_that_the_pictures_are_too_small_for_are_left_out_and_named():
    task = load_task(config(space={"name": "reference"}))
    (decision,) = task.space.decisions
    assert {"alexnet", "inception_v3", "vgg16"} <= set(task.left_out)
    assert not set(task.left_out) & set(decision.options)
    assert "resnet8_w4" in decision.options
    with InMemoryStorage() as storage:
        record = create_search(storage, task)
        again = restore_task(record, task.config.database)
    assert again.space == task.space
    assert again.left_out == ()


def test_a_network_that_was_asked_for_is_refused_where_it_does_not_fit():
    wanted = config(space={"name": "reference", "settings": {"networks": "resnet8_w4,alexnet"}})
    with pytest.raises(
        SpaceError, match="network 'alexnet': expected pictures of at least 63x63 pixels, got 8x8"
    ):
        load_task(wanted)


def test_a_pool_on_ray_says_what_it_waits_for_and_looks_for_its_cluster_as_long_as_configured(monkeypatch):
    given, said = {}, []
    monkeypatch.setattr("workers.ray_pool.RayPool", lambda *_, **options: given.update(options))
    new_pool(load_task(config(workers={"reconnect": 7})), print, said.append)
    assert given["reconnect_seconds"] == 7
    given["on_wait"]("for Ray")
    assert said == ["for Ray"]
