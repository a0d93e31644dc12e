"""The controller: an LSTM that makes one categorical decision after the other.

That of Zoph and Le 2017, section 3.1, with a table of embeddings for every decision instead of a shared one. Options
that stand for an earlier node, such as "block 2" where an input is chosen, are looked at and not only learnt by heart:
attention over the states of those nodes, Zoph and Le 2017, section 3.3, and Pham et al. 2018, section 2.2.

A policy is drawn from and scored hundreds of times between two results, so both are written for few calls of torch:
scoring knows all tokens and runs the LSTM once over them, drawing has the products of all embeddings ready.
"""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from nas.controller.attention import NodeAttention, refers
from nas.controller.base import Policy, PolicySample, initialise
from nas.controller.cells import Cells

__all__ = ["INITIAL_WEIGHT", "LstmPolicy", "PolicySample"]

INITIAL_WEIGHT = 0.1
"""Initial weights are uniform between plus and minus this; Zoph and Le 2017, section 4.1, has 0.08."""


@final
class LstmPolicy(Policy):
    """Draws sequences of tokens, and scores given ones.

    | symbol | meaning                             | tensor                   | shape             |
    |--------|-------------------------------------|--------------------------|-------------------|
    | B      | samples                             | tokens                   | (B, T)            |
    | T      | decisions                           | states of the top layer  | (T, B, H)         |
    | K      | options of the widest decision      | logits                   | (T, B, K)         |
    | E      | numbers that stand for a choice     | `embeddings`             | (1 + T K, E)      |
    | H      | size of the hidden state            | `head_weights`           | (T, K, H)         |
    |        |                                     | `head_biases`            | (T, 1, K)         |

    Row 0 of the embeddings enters before the first decision, row 1 + t K + k when decision t chose option k: each
    (decision, choice) has its own embedding and each decision its own head. Decisions with fewer options than K have
    rows that are never used.

    `nodes` holds for each decision what `Decision.nodes` says. Logits are divided by `temperature`; with a
    `tanh_constant` c they then become c tanh(logit), so that none can leave the others far behind (Bello et al. 2017,
    section 3). Neither has to do with the temperature of a call, at which what came out of both is drawn.
    """

    def __init__(
        self,
        option_counts: Sequence[int],
        *,
        hidden: int,
        embedding: int,
        generator: torch.Generator,
        nodes: Sequence[Sequence[int | None]] = (),
        layers: int = 1,
        initial_weight: float = INITIAL_WEIGHT,
        temperature: float = 1.0,
        tanh_constant: float | None = None,
    ) -> None:
        super().__init__(option_counts)
        self.temperature, self.tanh_constant = temperature, tanh_constant
        decisions, _, options = self.padding.shape
        self.embeddings = nn.Parameter(torch.empty(1 + decisions * options, embedding))
        self.head_weights = nn.Parameter(torch.empty(decisions, options, hidden))
        self.head_biases = nn.Parameter(torch.empty(decisions, 1, options))
        with torch.device("meta"):  # no numbers yet, so torch's global generator is left alone
            self.lstm = nn.LSTM(embedding, hidden, layers)
        self.lstm.to_empty(device="cpu")
        self.attention = NodeAttention(nodes, hidden) if refers(nodes) else None
        initialise(self, initial_weight, generator)

    def logits(self, tokens: Tensor) -> Tensor:
        """Returns (T, B, K); the last token of each row has no say in it."""
        decisions, _, options = self.padding.shape
        rows = 1 + options * torch.arange(decisions - 1)[:, None] + tokens.t()[:-1]  # (T - 1, B)
        rows = torch.cat([rows.new_zeros(1, len(tokens)), rows])
        states, _ = self.lstm(self.embeddings[rows])  # (T, B, H)
        logits = torch.baddbmm(self.head_biases, states, self.head_weights.transpose(1, 2))
        return self._restrained(logits if self.attention is None else self.attention(logits, states))

    def draw(self, noise: Tensor) -> Tensor:
        """Returns (B, T): one step of the LSTM a decision, as the next needs the token of the last."""
        cells = Cells(self.lstm, self.embeddings)
        batch = noise.shape[1]
        state, rows = cells.start(batch), torch.zeros(batch, dtype=torch.int64)
        keys: dict[int, Tensor] = {}
        chosen = []
        heads = zip(self.head_biases, self.head_weights.transpose(1, 2), noise, strict=True)
        for position, (bias, weights, noise_here) in enumerate(heads):
            top = cells.step(rows, state)
            logits = torch.addmm(bias, top, weights)
            if self.attention is not None:
                logits = self.attention.step(position, logits, top, keys)
            tokens = (self._restrained(logits) + noise_here).argmax(1)
            rows = tokens + (1 + position * noise.shape[2])
            chosen.append(tokens)
        return torch.stack(chosen, 1)

    def _restrained(self, logits: Tensor) -> Tensor:
        if self.temperature != 1:
            logits = logits / self.temperature
        return logits if self.tanh_constant is None else self.tanh_constant * logits.tanh()
