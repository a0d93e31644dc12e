"""What cannot be searched is refused in one line before anything is trained or stored."""

from pathlib import Path

import pytest

from nas.storage.open import open_storage
from tests.nas.cli.calling import TINY, Call

SEESAW = '''
from dataclasses import dataclass

from search_spaces.graph import GraphBuilder
from search_spaces.registry import space
from search_spaces.space import Decision, Space


@space
@dataclass(frozen=True)
class Seesaw(Space):
    """Few parameters and many multiply-adds, or the other way round."""

    name = "seesaw"

    @property
    def decisions(self):
        return (Decision("kind", ("narrow", "strided")),)

    def network(self, architecture, image, classes):
        g = GraphBuilder(image)
        width, stride = ((4, 1), (16, 4))[architecture.tokens[0]]
        return g.finish(g.classifier(g.conv(g.image, width, kernel=3, stride=stride), classes=classes))
'''
THIRDS = '''
from search_spaces.operations import operation


@operation("thirds", family="grouped")
def thirds(g, x, channels_out, *, stride):
    """conv3x3 in three groups."""
    return g.conv(x, channels_out, kernel=3, stride=stride, groups=3)
'''
# What is in plugin.py, what is typed, and what is said.
CASES = {
    "a syntax error": ("def f(:\n", ["--space", "plugin.py"], "plugin.py: SyntaxError: "),
    "no space in the file": (
        "x = 1\n",
        ["--space", "plugin.py"],
        "expected one @space class in plugin.py, got none",
    ),
    "two spaces in the file": (
        SEESAW + SEESAW.replace("Seesaw", "Other").replace('"seesaw"', '"other"'),
        ["--space", "plugin.py"],
        "expected one @space class in plugin.py, got other, seesaw",
    ),
    "groups that do not divide the channels": (
        THIRDS,
        ["--plugin", "plugin.py", "--set", "space.settings.operations=thirds"],
        "must be divisible by `groups` (=3)",
    ),
    "pictures too small for the reductions": ("", ["--set", "space.settings.reductions=6"], "reductions"),
    "limits kept singly but not together": (
        SEESAW,
        ["--space", "plugin.py", "--max-params", "100", "--max-macs", "2000"],
        "to keep to max_params 100 and max_macs 2,000 for these pictures, got 0 of all 2",
    ),
    "a space that fails": (
        SEESAW.replace("g = GraphBuilder(image)", "raise KeyError(classes)"),
        ["--space", "plugin.py"],
        "space 'seesaw': expected a network for architecture seesaw:0, got KeyError: 10",
    ),
    "a limit below the smallest": (
        SEESAW,
        ["--space", "plugin.py", "--max-params", "10"],
        "limits.max_params: expected at least 86, the smallest that space 'seesaw' has",
    ),
    "an operation that is not known": (
        "",
        ["--set", "space.settings.operations=conv_3x3,conv_33"],
        "operation 'conv_33' is not known",
    ),
    "a decision without options": (
        SEESAW.replace('("narrow", "strided")', "()"),
        ["--space", "plugin.py"],
        "space 'seesaw': expected decisions with an option each, got no option for kind",
    ),
    "a space without decisions": (
        SEESAW.replace('(Decision("kind", ("narrow", "strided")),)', "()"),
        ["--space", "plugin.py"],
        "space 'seesaw': expected decisions with an option each, got no decision",
    ),
    "a table that is a value": (
        "",
        ["--set", "recipe=1", "--set", "recipe.epochs=1"],
        "'recipe' was set to 1",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_before_anything_is_trained(
    case: str, call: Call, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, arguments, expected = CASES[case]
    monkeypatch.chdir(tmp_path)
    Path("plugin.py").write_text(text)
    tiny = [] if "--space" in arguments else ["--space", "cell"]
    ended = call("search", "--db", database, "--trials", 1, *TINY[2:], *tiny, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    assert expected in ended.err
    if Path(database.removeprefix("sqlite:///")).exists():
        with open_storage(database, read_only=True) as storage:
            assert storage.searches() == []


def test_what_keeps_to_one_limit_is_searched(
    call: Call, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plugin.py").write_text(SEESAW)
    ended = call(
        "search", "--db", database, "--trials", 1, *TINY[2:], "--space", "plugin.py", "--max-params", "100"
    )
    assert ended.code == 0, ended.err
    assert "warning" not in ended.err


@pytest.mark.parametrize("strategy", ["random", "evolution", "reinforce"])
def test_a_space_of_one_architecture_is_searched_once_and_that_is_said(
    strategy: str, call: Call, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plugin.py").write_text(SEESAW.replace('("narrow", "strided")', '("narrow",)'))
    own = ("--space", "plugin.py", "--strategy", strategy)
    ended = call("search", "--db", database, "--trials", 100, *TINY[2:], *own)
    assert ended.code == 0, ended.err
    assert (
        "warning: budget.trials: expected no more than space 'seesaw' has architectures, 1 with 1 training each, "
        "got 100; the search ends before its budget\n"
    ) in ended.err
    with open_storage(database, read_only=True) as storage:
        (record,) = storage.searches()
    assert (record.created, record.completed) == (1, 1)
