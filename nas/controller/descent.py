"""Gradient descent of a policy: one step, and a state of plain tensors."""

from collections.abc import Callable, Mapping
from typing import final

import torch
from torch import Tensor, nn

from nas.controller.tensors import prefixed, under

_WEIGHT, _MOMENT = "policy.", "optimizer."
"""How the tensors of a saved state are named."""

OPTIMIZERS: Mapping[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}


@final
class Descent:
    """A policy together with its optimiser, one of `OPTIMIZERS`."""

    def __init__(
        self, policy: nn.Module, optimizer: str, *, learning_rate: float, gradient_clip: float
    ) -> None:
        self._policy, self._gradient_clip = policy, gradient_clip
        self._optimizer = OPTIMIZERS[optimizer](policy.parameters(), lr=learning_rate)

    def step(self, loss: Tensor) -> float:
        """Descends the loss and returns the norm of its gradient; a longer one than the clip is scaled down to it."""
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self._policy.parameters(), self._gradient_clip)
        self._optimizer.step()
        return norm.item()

    def save(self) -> dict[str, Tensor]:
        """Returns the weights and what the optimiser remembers of each."""
        tensors = prefixed(_WEIGHT, self._policy.state_dict())
        for index, moments in self._optimizer.state_dict()["state"].items():
            tensors.update({f"{_MOMENT}{index}.{name}": moment for name, moment in moments.items()})
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes back what `save` returned; other tensors may be among them."""
        self._policy.load_state_dict(under(_WEIGHT, tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for key, moment in under(_MOMENT, tensors).items():
            index, name = key.split(".")
            moments.setdefault(int(index), {})[name] = moment
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
