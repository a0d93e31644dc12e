"""The LSTM one step at a time, for drawing: the same function as `torch.nn.LSTM`, without gradient, in fewer calls.

Every input is a row of one table, so its product with the input weights is looked up, not computed: a step of the
first layer is one matrix product. And since tanh(x) = 2 sigmoid(2 x) - 1, one sigmoid serves all four gates.
"""

from typing import final

import torch
from torch import Tensor, nn

State = list[tuple[Tensor, Tensor]]
"""Hidden and cell state of each layer, (B, H) each."""


@final
class Cells:
    """The weights of an LSTM, made ready for one draw. Gates are in torch's order: input, forget, cell, output."""

    def __init__(self, lstm: nn.LSTM, embeddings: Tensor) -> None:
        self._hidden = lstm.hidden_size
        scale = torch.ones(4, lstm.hidden_size, 1)
        scale[2] = 2.0
        self._into, self._onward = [], []
        for layer in lstm.all_weights:
            into, onward, bias_into, bias_onward = layer
            self._into.append(
                (_scaled(into, scale).t(), _scaled((bias_into + bias_onward)[:, None], scale)[:, 0])
            )
            self._onward.append(_scaled(onward, scale).t())
        weights, bias = self._into[0]
        self._table = torch.addmm(bias, embeddings, weights)  # (rows, 4 H)

    def start(self, batch: int) -> State:
        """Returns the state before the first step."""
        return [(torch.zeros(batch, self._hidden), torch.zeros(batch, self._hidden)) for _ in self._into]

    def step(self, rows: Tensor, state: State) -> Tensor:
        """Takes in the embeddings of `rows` (B,), changes `state`, and returns the hidden state of the top layer."""
        gates = self._table.index_select(0, rows)
        for layer, (hidden, cell) in enumerate(state):
            if layer:
                weights, bias = self._into[layer]
                gates = torch.addmm(bias, state[layer - 1][0], weights)
            state[layer] = _step(gates.addmm_(hidden, self._onward[layer]), cell)
        return state[-1][0]


def _step(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Returns hidden and cell state (B, H) after `gates` (B, 4 H), of which the third is for twice its value."""
    entry, forget, value, exit_ = gates.sigmoid_().chunk(4, 1)
    cell = torch.addcmul(forget * cell, entry, value, value=2).sub_(entry)
    return exit_ * cell.tanh(), cell


def _scaled(weights: Tensor, scale: Tensor) -> Tensor:
    """Returns `weights` (4 H, n), those of each gate times its number in `scale` (4, H, 1)."""
    return (weights.reshape(4, scale.shape[1], -1) * scale).reshape(weights.shape)
