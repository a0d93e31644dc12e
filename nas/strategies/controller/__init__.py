"""The default strategy: an LSTM policy trained by policy gradient on real results, and on those that a model imagines.

A few hundred trainings are too little for a policy gradient. So a Gaussian process learns from them what architectures
are worth, the policy learns from what it says of architectures that nobody trained (as in Dyna, Sutton 1991), and what
the policy then proposes is trained, which teaches the model. The policy says where to look; the model says which of the
proposals to try first, and how to spread those that are tried at the same time.

Measured with batches of 8 and no repeats. NAS-Bench-201 (CIFAR-10, 12 epochs), test accuracy in percent of the best by
validation after 100, 200 and 300 trials, 200 seeds: 88.94, 89.01 and 89.03 (standard deviations 0.26, 0.12 and 0.00);
the best of all by validation has 89.03. Mean regret (0 optimum, 1 median) on 30 landscapes of `nas.bench.landscape`,
seeds for tuning, after 100 and 300 trials, beside the best of local search and evolution: 0.07 and 0.01 (0.13, 0.04)
with 6 decisions, 0.26 and 0.10 (0.33, 0.16) with 20, 0.41 and 0.19 (0.52, 0.30) with 40. Asking and telling take 13 ms
of CPU time a trial at 500 results of 40 decisions, 16 ms at 5,000.

Implementation details, each marked by its number in the code:

1. Until `first_results` are there the policy, still close to uniform, is drawn from, and nothing is learnt.
2. Scores: a result counts by the normal score of its rank among all results so far (`nas.rewards`): neither the scale
   of the values nor a plateau at chance level matters. A failed child ranks below every result.
3. The model is fitted to the scores of at most `results_limit` results, since its cost grows with their cube. It is
   brought up to date for every `results_per_update` results, and the policy with it.
4. Imagined rewards: mean plus deviations, so that the policy also goes where the model is unsure; less a penalty for
   what has been trained already, or the policy comes to rest on it.
5. The baseline of a step is the mean of its imagined rewards: what the model expects of the present policy. Real
   results of the step are held against it too.
6. The entropy bonus is per decision: with one weight, policies of 6 and of 40 decisions neither collapse nor stay
   uniform, since the share of a decision in the score shrinks as there are more of them.
7. A real result is weighted by how much likelier the present policy would draw it than the one that proposed it,
   clipped, as results come late (`nas.controller.losses`).
8. Candidates are draws of the policy, draws at a higher temperature, and changed copies of what the model holds to be
   the best results. Draws alone mine one region, and at 40 decisions hardly ever come near the best; copies alone
   stay near it. Whatever its origin, a candidate's log-probability is the policy's own.
9. Of the candidates those of the highest expected improvement over the best result are kept until the next update.
   It is the best as told, noise and all: measured against the model's own, lower idea of it, a search stays in one
   region too long. Each candidate that is taken explains some of the variance of the others, and so does what is in
   work, so that trials in parallel spread.
10. What the filter rejects is struck off. After `REFILLS` shortlists with nothing acceptable it is searched uniformly.
"""
