"""The answers of the read model as answers of the API: the same records, whose documentation has their explanations."""

from pydantic import ConfigDict, with_config

from nas.web.view import answers

EXPLAINED = (
    answers.BestSoFar,
    answers.History,
    answers.Point,
    answers.Scatter,
    answers.DecisionShares,
    answers.Decisions,
    answers.Effect,
    answers.Effects,
    answers.PolicySeries,
    answers.Forecast,
)
for record in EXPLAINED:
    with_config(ConfigDict(use_attribute_docstrings=True))(record)
