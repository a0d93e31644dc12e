"""Policy gradients: a policy proposes architectures and learns from every result which choices score well.

REINFORCE (Zoph and Le 2017), proximal policy optimisation (Zoph et al. 2018), the sampler of ENAS (Pham et al. 2018)
and priority queue training (Abolafia et al. 2018) differ in their settings alone: those in `presets`, as
published and as improved.

Measured on NAS-Bench-201 (CIFAR-10, 12 epochs; batches of 8, no repeats, 50 seeds), test accuracy in percent of the
best by validation after so many trials, with a standard error of 0.01 to 0.08; the best of all by validation has 89.03:

| settings            |   100 |   300 |   500 |
|---------------------|-------|-------|-------|
| random, 200 seeds   | 88.11 | 88.42 | 88.48 |
| reinforce           | 88.09 | 88.42 | 88.53 |
| ppo                 | 88.03 | 88.37 | 88.49 |
| enas                | 88.03 | 88.36 | 88.67 |
| enas:macro          | 88.03 | 88.36 | 88.50 |
| pqt                 | 88.11 | 88.39 | 88.46 |
| reinforce:flat      | 88.13 | 88.52 | 88.73 |
| reinforce:improved  | 88.27 | 88.91 | 88.99 |
| ppo:improved        | 88.42 | 88.95 | 88.97 |
| pqt:improved        | 88.22 | 88.96 | 89.02 |

Implementation details, each marked by its number in the code:

1. Samples are independent draws of the policy. What the filter rejects is drawn again, in blocks that grow; the
   log-probability that travels with a proposal is the policy's own, not that of the policy restricted to what passes.
2. Scores: the normal score of a result's rank among all results told so far, itself included (`nas.rewards`), or the
   value itself, or its cube. With raw accuracies, published controllers hardly learn within a few hundred trials.
3. A failed child ranks below every result: the policy should learn to avoid it. As a raw score it is accuracy 0.
4. The baseline is an exponential moving average of the scores, taken before the result it is subtracted from, so that
   the gradient stays unbiased; Zoph and Le 2017, section 3.2. The first result is its own baseline. Results of what
   somebody added are no part of it, and of no update: no draw of the policy's has brought them.
5. An update for every `results_per_update` results, in the order told, not waiting for those still in work.
6. A result is weighted by how much likelier the present policy would draw it than the one that did, clipped, as results
   come late (`nas.controller.losses`).
7. Both losses are proportional to the advantages, so that weighting these weights the loss.
8. The priority queue holds the best results of different architectures, whoever proposed them, and no failed ones.
9. The entropy bonus may be per decision: with one weight, policies of 6 and of 32 decisions then neither collapse nor
   stay uniform, since the share of a decision in the score shrinks as there are more of them.
"""
