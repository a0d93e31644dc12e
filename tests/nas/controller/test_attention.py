"""Options that refer to a node are looked at in the state of that node, by the formula."""

import pytest
import torch

from nas.controller.policy import LstmPolicy

COUNTS = (3, 3, 2, 3)
NODES = [(), (), (None, 0), (1, None, 0)]
TOKENS = torch.tensor([[0, 1, 1, 2], [2, 0, 0, 0], [1, 1, 1, 1]])


def policy(nodes: list[tuple[int | None, ...]] = NODES) -> LstmPolicy:
    network = LstmPolicy(
        COUNTS, hidden=8, embedding=4, nodes=nodes, generator=torch.Generator().manual_seed(0)
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(8)
    return network


def states(network: LstmPolicy) -> torch.Tensor:
    """(T, B, H): the states in which the decisions of TOKENS are made, one step after the other."""
    rows = torch.cat([torch.zeros(3, 1, dtype=torch.int64), 1 + 3 * torch.arange(3) + TOKENS[:, :3]], 1)
    return network.lstm(network.embeddings[rows.t()])[0]


def test_every_logit_is_its_head_and_that_of_a_node_the_formula_besides() -> None:
    network = policy()
    state, attention = states(network), network.attention
    assert attention is not None
    logits = network.logits(TOKENS)
    for decision, nodes in enumerate(NODES):
        for option in range(COUNTS[decision]):
            expected = state[decision] @ network.head_weights[decision, option]
            expected = expected + network.head_biases[decision, 0, option]
            node = nodes[option] if nodes else None
            if node is not None:
                looked = state[node + 1] @ attention.of_nodes + state[decision] @ attention.of_decisions
                expected = expected + looked.tanh() @ attention.weights
            torch.testing.assert_close(logits[decision, :, option], expected)


def test_a_node_is_looked_at_in_its_last_state() -> None:
    """What node 1 chose changes how its option is liked; the heads of that decision need not know."""
    network = policy()
    with torch.no_grad():
        network.attention.of_decisions.zero_()  # type: ignore[union-attr]
        network.head_weights.zero_()
        first, second = network.logits(torch.tensor([[0, 0, 0, 0], [0, 2, 0, 0]])).unbind(1)
    assert first[3, 0] != second[3, 0]
    torch.testing.assert_close(first[3, 2], second[3, 2])  # node 0 was the same in both


def test_its_weights_learn() -> None:
    network = policy()
    network(TOKENS).log_probabilities.sum().backward()
    for weights in network.attention.parameters():  # type: ignore[union-attr]
        assert weights.grad is not None
        assert weights.grad.abs().sum() > 0


def test_without_a_reference_there_is_no_attention() -> None:
    assert policy([(), (None, None, None), (), ()]).attention is None


def test_nodes_have_to_come_earlier() -> None:
    with pytest.raises(ValueError, match=r"decision 2: expected nodes of earlier decisions, got \(None, 2\)"):
        policy([(), (), (None, 2), ()])
