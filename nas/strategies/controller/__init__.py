"""The default strategy: an LSTM policy trained by policy gradient on real results, and on those that a model imagines.

A few hundred trainings are too little for a policy gradient. So a Gaussian process learns from them what architectures
are worth, the policy learns from what it says of architectures that nobody trained (as in Dyna, Sutton 1991), and what
the policy then proposes is trained, which teaches the model. The policy says where to look; the model says which of the
proposals to try first, and how to spread those that are tried at the same time.

Measured with batches of 8 and no repeats. NAS-Bench-201 (CIFAR-10, 12 epochs), test accuracy in percent of the best by
validation after 100, 200 and 300 trials, 200 seeds: 88.93, 89.01 and 89.02 (standard deviations 0.27, 0.13 and 0.10);
the best of all by validation has 89.03. Mean regret (0 optimum, 1 median) on 50 landscapes of `nas.bench.landscape`
after 100 and 300 trials, beside the best of local search and evolution: 0.09 and 0.03 (0.16, 0.04) with 6 decisions,
0.34 and 0.11 (0.38, 0.20) with 20, 0.49 and 0.24 (0.54, 0.32) with 40. Asking and telling take 10 ms of processor time
a trial at 500 results of 40 decisions, 14 ms at 5,000. `nas/bench/README.md` has the whole comparison.

Implementation details, each marked by its number in the code of this package:

1. Until `first_results` are there the policy, still close to uniform, is drawn from, and nothing is learnt.
2. Scores: a result counts by the normal score of its rank among all results so far (`nas.rewards`): neither the scale
   of the values nor a plateau at chance level matters. A failed child ranks below every result.
3. Model and policy are brought up to date when `results_per_update` results or more have come since they last were: a
   `tell` of many results gives one update, not several.
4. The model is fitted to at most `results_limit` results, since its cost grows with their cube. Of more, half are the
   best, a quarter the newest, the rest every so many-th of the others.
5. Its hyper-parameters take `fit_steps` steps an update: ten times as many at the first, and above 100 results fewer,
   times 100 / results, rounded up: a few results more move them less, and each step costs more.
6. Where the variance of a result is known, from repeated trainings, it adds to the noise that the model assumes of it,
   turned from values into scores by the spread of both. With several objectives it is not known.
7. Imagined rewards: mean plus deviations, so that the policy also goes where the model is unsure; less a penalty for
   what has been trained already, or the policy comes to rest on it.
8. The baseline of a step is the mean of its imagined rewards. These hold the optimism and the penalty of 7, so it is
   not what the model expects of the policy. Real results of the step are held against it too, and their scores hold
   neither: late in a search their mean advantage is -0.8 to -1.0 (measured), and this part of the step makes most of
   what was trained less likely, and only the best of it more.
9. The entropy bonus is per decision: with one weight, policies of 6 and of 40 decisions neither collapse nor stay
   uniform, since the share of a decision in the score shrinks as there are more of them.
10. A real result is weighted by how much likelier the present policy would draw it than the one that proposed it,
    clipped, as results come late (`nas.controller.losses`). That corrects for the age of the policy alone. What is
    trained is no plain draw of it: hot draws and changed copies are among it, chosen by expected improvement. This
    selection stays uncorrected.
11. Candidates are draws of the policy, draws at a higher temperature, and changed copies of what the model holds to be
    the best results. Draws alone mine one region, and at 40 decisions hardly ever come near the best; copies alone
    stay near it. Whatever its origin, a candidate's log-probability is the policy's own.
12. Of the candidates those of the highest expected improvement over the best result are kept until the next update.
    It is the best as told, noise and all: measured against the model's own, lower idea of it, a search stays in one
    region too long.
13. Each candidate that is taken explains some of the variance of the others, and so do what is in work and results
    that the model has not seen yet, so that trials in parallel spread.
14. What the filter rejects is struck off. After `REFILLS` shortlists with nothing acceptable it is searched uniformly.
"""
