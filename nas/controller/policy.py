"""The policy: a one-layer LSTM that makes one categorical decision after the other.

The controller of Zoph and Le 2017, section 3.1, with a table of embeddings for every decision instead of a shared one.
It knows how many options each decision has, not what they mean: decoding belongs to the space.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

INITIAL_WEIGHT = 0.1
"""Initial weights are uniform between plus and minus this; Zoph and Le 2017, section 4.1, has 0.08."""


class PolicySample(NamedTuple):
    """What the policy chose, or was given, and what it thinks of it. `B` samples, `T` decisions."""

    tokens: Tensor
    """(B, T), int64: the option of each decision."""
    log_probabilities: Tensor
    """(B,): natural logarithm of the probability of all tokens of the sample together."""
    entropies: Tensor
    """(B,): entropy of each decision given those before it, summed over the decisions, in nats."""


class LstmPolicy(nn.Module):
    """Draws sequences of tokens, and scores given ones along the very same path.

    | symbol | meaning                         | tensor                | shape                |
    |--------|---------------------------------|-----------------------|----------------------|
    | B      | samples                         | tokens                | (B, T)               |
    | T      | decisions                       | hidden and cell state | (B, H) each          |
    | K_t    | options of decision t           | logits of decision t  | (B, K_t)             |
    | E      | numbers that stand for a choice | `start`               | (E,)                 |
    | H      | size of the hidden state        | `embeddings`          | (K_1 + ... + K_T, E) |
    |        |                                 | `head_weights`        | (K_1 + ... + K_T, H) |
    |        |                                 | `head_biases`         | (K_1 + ... + K_T,)   |

    Decision t owns K_t consecutive rows of the last three, so each (decision, choice) has its own embedding and each
    decision its own head.
    """

    def __init__(
        self, option_counts: Sequence[int], *, hidden: int, embedding: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.option_counts = tuple(option_counts)
        rows = sum(self.option_counts)
        with torch.device("meta"):  # no numbers yet, so torch's global generator is left alone
            self.start = nn.Parameter(torch.empty(embedding))
            self.embeddings = nn.Parameter(torch.empty(rows, embedding))
            self.cell = nn.LSTMCell(embedding, hidden)
            self.head_weights = nn.Parameter(torch.empty(rows, hidden))
            self.head_biases = nn.Parameter(torch.empty(rows))
        self.to_empty(device="cpu")
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-INITIAL_WEIGHT, INITIAL_WEIGHT, generator=generator)

    def forward(
        self, tokens: Tensor | None = None, *, count: int = 1, generator: torch.Generator | None = None
    ) -> PolicySample:
        """Scores `tokens` (B, T), or draws `count` samples with `generator` where there are none.

        Both go through the same operations, so a sample that is scored again with the same weights gets the
        log-probability it was drawn with.
        """
        batch = count if tokens is None else len(tokens)
        state = self.start.new_zeros(2, batch, self.cell.hidden_size).unbind()
        entering = self.start.expand(batch, -1)  # (B, E)
        log_probabilities = entropies = self.start.new_zeros(batch)
        chosen: list[Tensor] = []
        tables = (self.embeddings, self.head_weights, self.head_biases)
        decisions = zip(*(torch.split(table, list(self.option_counts)) for table in tables), strict=True)
        for position, (embedding, weight, bias) in enumerate(decisions):
            state = self.cell(entering, state)
            log_options = functional.linear(state[0], weight, bias).log_softmax(dim=1)  # (B, K_t)
            options = log_options.exp()
            token = (  # (B, 1)
                options.multinomial(1, generator=generator) if tokens is None else tokens[:, position, None]
            )
            log_probabilities = log_probabilities + log_options.gather(1, token).squeeze(1)
            entropies = entropies - (options * log_options).sum(dim=1)
            entering = embedding[token.squeeze(1)]
            chosen.append(token)
        return PolicySample(torch.cat(chosen, dim=1), log_probabilities, entropies)
