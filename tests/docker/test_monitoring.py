"""Prometheus' files, by promtool; Grafana's, by promtool and by what /metrics really says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from nas.web.metrics.route import Metrics
from nas.web.service import Service
from nas.web.settings import WebSettings
from tests.docker.tools import DOCKER, judged, loaded, promtool

DASHBOARD = json.loads((DOCKER / "grafana/dashboards/nas.json").read_text())
RULES = [rule for group in loaded("prometheus/alerts.yml")["groups"] for rule in group["rules"]]
SEARCH = re.compile(r"\$\{?search\}?")
WORD = re.compile(r"\b(?:nas|process)_\w+|\bup\b(?=\{)")


@pytest.fixture
def names(tmp_path: Path) -> set[str]:
    """The names of all series that the service can give, as Prometheus would know them."""
    service = Service.new(WebSettings(f"sqlite:///{tmp_path / 'none.db'}"))
    families = list(text_string_to_metric_families(Metrics(service).text().decode()))
    suffixes = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}
    return {f"{family.name}{suffix}" for family in families for suffix in suffixes.get(family.type, ())} | {
        "up"
    }


def expressions() -> list[tuple[str, str]]:
    """Panels' expressions, with what Grafana puts into them."""
    return [
        (
            f"{panel['title']} {target['refId']}",
            SEARCH.sub(".*", target["expr"]).replace("$__rate_interval", "1m"),
        )
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    ]


def test_promtool_takes_the_rules() -> None:
    assert judged(promtool(), "check", "rules", "prometheus/alerts.yml")[0] == 0


def test_the_alerts_fire_when_they_should() -> None:
    code, said = judged(promtool(), "test", "rules", "prometheus/alerts_test.yml")
    assert code == 0, said


def test_promtool_takes_the_configuration(tmp_path: Path) -> None:
    """With the token's file in another place: promtool looks whether it is there."""
    config = loaded("prometheus/prometheus.yml")
    (tmp_path / "token").write_text("nas_token")
    authorization = config["scrape_configs"][0]["authorization"]
    assert authorization["credentials_file"] == "/run/secrets/metrics_token"
    authorization["credentials_file"] = str(tmp_path / "token")
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    (tmp_path / "alerts.yml").write_bytes((DOCKER / "prometheus/alerts.yml").read_bytes())
    code, said = judged(promtool(), "check", "config", tmp_path / "prometheus.yml")
    assert code == 0, said


def test_it_scrapes_the_dashboard_by_a_name_that_it_listens_to() -> None:
    (target,) = loaded("prometheus/prometheus.yml")["scrape_configs"][0]["static_configs"][0]["targets"]
    name, port = target.split(":")
    command = loaded("compose.yaml")["services"][name]["command"]
    assert {f"--allow-host={name}", f"--port={port}"} <= set(command)


def test_promtool_takes_every_expression_of_the_panels(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{index}", "expr": text} for index, (_, text) in enumerate(expressions())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    code, said = judged(promtool(), "check", "rules", "--lint=none", tmp_path / "rules.yml")
    assert code == 0, said


@pytest.mark.parametrize(
    "text",
    [*(text for _, text in expressions()), *(rule["expr"] for rule in RULES)],
    ids=[*(name for name, _ in expressions()), *(rule["alert"] for rule in RULES)],
)
def test_an_expression_names_figures_that_there_are(text: str, names: set[str]) -> None:
    used = set(WORD.findall(text))
    assert used
    assert used <= names


def test_every_figure_of_searches_is_shown(names: set[str]) -> None:
    shown = {word for _, text in expressions() for word in WORD.findall(text)}
    shown |= {word for rule in RULES for word in WORD.findall(rule["expr"])}
    alone = {"nas_searches_left_out", "nas_search_held", "nas_search_spent_seconds_total"}
    ours = {
        name for name in names if name.startswith("nas_") and not name.endswith(("_sum", "_count", "_bucket"))
    }
    assert ours - shown == alone


def test_panels_have_places_of_their_own() -> None:
    taken = [cell for panel in DASHBOARD["panels"] for cell in _cells(panel["gridPos"])]
    assert len(taken) == len(set(taken))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def _cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        assert x < 24
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def test_the_data_source_is_the_prometheus_of_the_arrangement() -> None:
    (source,) = loaded("grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    name, port = re.fullmatch(r"http://([\w-]+):(\d+)", source["url"]).groups()
    assert name in loaded("compose.yaml")["services"]
    assert port == "9090"

    def used(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if "datasource" in part:
                yield part["datasource"]["uid"]
            for value in part.values():
                yield from used(value)
        elif isinstance(part, list):
            for value in part:
                yield from used(value)

    assert set(used(DASHBOARD)) == {source["uid"]}
