"""Named settings of the policy gradients, as published and as improved: "ppo:improved" is the second of the first.

A name alone means its `PUBLISHED` settings. At each constant the place it comes from; where a paper does not say, what
stands there says so. As published, all of them are close to random search within a few hundred trials: they were made
for tens of thousands. What is not as published:

- All: where results come late, importance weights correct for it; options that refer to earlier nodes have a head
  besides the attention (`nas.controller.attention`); embeddings, whose width most do not mention, are a table for
  every decision, as wide as the state.
- ENAS, by its code: the entropy is a part of the reward, without a gradient of its own, where it is a part of the loss
  here; the baseline starts at 0 and takes in a reward before it is subtracted from it, here the first reward is its
  own baseline and every other is held against those before it.
- ENAS for cells, by its code: logits of operations are limited to 1.1 / 2.5 = 0.44, here to 1.1 as those of inputs;
  in the first of its two cells 0.25 is then added to the two convolutions and taken off the other operations; one head,
  whose bias for the convolutions starts at 10, serves all operations, here every decision has its own.
- ENAS for whole networks: a penalty keeps skip connections likely by a target (0.4, weight 0.8; section 3.2), not here.
- REINFORCE of NAS-Bench-201, by its code: logits start as normal numbers times 0.001, here at 0; the baseline, an
  average corrected for its bias at the start, takes in a reward before it is subtracted from it.
"""

from collections.abc import Mapping
from dataclasses import replace

from nas.strategies.policy_gradient.settings import PolicyGradientSettings

PUBLISHED = "published"
NO_CLIP = 1_000_000.0
"""The gradient as it is: of these, only priority queue training is published with a clip."""

IMPROVED = PolicyGradientSettings()
"""Ranks, a learning rate of 0.01, and entropy for each decision: what makes an LSTM learn within hundreds of trials."""

ZOPH_LE = PolicyGradientSettings(  # Zoph and Le 2017
    hidden=35,  # section 4.1, "Training details"
    layers=2,  # the same
    embedding=35,
    initial_weight=0.08,  # the same
    scores="cubed",  # the same: the accuracy cubed
    baseline_decay=0.95,  # section 3.2 has a moving average and does not say of how many; as in Zoph et al. 2018
    entropy_weight=0.0,  # not mentioned
    entropy_per="architecture",
    learning_rate=0.0006,  # section 4.1, of Adam
    gradient_clip=NO_CLIP,
    results_per_update=8,  # section 4.1: m = 8 children of each controller replica
)

NAS_BENCH_201 = PolicyGradientSettings(  # REINFORCE of Dong and Yang 2020; numbers from the code of NATS-Bench
    hidden=0,
    scores="raw",
    baseline_decay=0.9,
    entropy_weight=0.0,
    entropy_per="architecture",
    learning_rate=0.01,  # of Adam; NATS-Bench (Dong et al. 2021). The REINFORCE.sh of the first paper has 0.001
    gradient_clip=NO_CLIP,
    results_per_update=1,
)

NASNET = PolicyGradientSettings(  # Zoph et al. 2018
    hidden=100,  # appendix A.2
    layers=1,  # A.2
    embedding=100,
    initial_weight=0.1,  # A.2
    scores="raw",  # A.2: scaled by the accuracy
    baseline_decay=0.95,  # A.2
    loss="ppo",  # A.2
    ratio_clip=0.2,  # not said; Schulman et al. 2017, section 6.1
    entropy_weight=0.00001,  # A.2
    entropy_per="architecture",
    learning_rate=0.00035,  # A.2; the optimiser is not said
    gradient_clip=NO_CLIP,
    results_per_update=20,  # A.3
    steps_per_update=3,  # not said; Schulman et al. 2017, table 5
)

ENAS = PolicyGradientSettings(  # Pham et al. 2018, the search for cells
    hidden=100,  # section 2.2
    layers=1,  # section 2.2
    embedding=100,
    initial_weight=0.1,  # section 3.2
    tanh_constant=1.1,  # the published script of this search
    scores="raw",  # section 2.2
    baseline_decay=0.99,  # section 2.2 has a moving average; the published code says of how many
    entropy_weight=0.0001,  # section 3.1 and the published script
    entropy_per="architecture",
    learning_rate=0.00035,  # section 3.2, of Adam; the script has ten times as much
    gradient_clip=NO_CLIP,
    results_per_update=1,  # section 2.2: M = 1 works just fine
)

ENAS_MACRO = replace(  # the search for whole networks
    ENAS,
    logit_temperature=5.0,  # section 3.2
    tanh_constant=2.5,  # section 3.2
    entropy_weight=0.1,  # section 3.2
)

PRIORITY_QUEUE = (
    PolicyGradientSettings(  # Abolafia et al. 2018, section 3.2; numbers from the published code ("topk")
        hidden=35,
        layers=2,
        embedding=10,
        initial_weight=0.1,  # scaled by the size of the layer there
        scores="raw",
        baseline_decay=0.99,  # without a policy gradient it has no effect
        policy_weight=0.0,  # the queue alone; the hybrid of the paper has 1, and a queue weight of 50
        queue_size=10,
        queue_weight=200.0,
        entropy_weight=0.01,
        entropy_per="architecture",
        optimizer="rmsprop",
        learning_rate=0.0001,
        gradient_clip=50.0,
        results_per_update=64,
    )
)

PRESETS: Mapping[str, Mapping[str, PolicyGradientSettings]] = {
    "reinforce": {PUBLISHED: ZOPH_LE, "flat": NAS_BENCH_201, "improved": IMPROVED},
    "ppo": {
        PUBLISHED: NASNET,
        "improved": replace(IMPROVED, loss="ppo", ratio_clip=0.4, results_per_update=8, steps_per_update=4),
    },
    "enas": {PUBLISHED: ENAS, "macro": ENAS_MACRO},
    "pqt": {
        PUBLISHED: PRIORITY_QUEUE,
        "improved": replace(IMPROVED, queue_size=10, queue_weight=0.5, results_per_update=8),
    },
}
"""Of every strategy of the family its presets."""
