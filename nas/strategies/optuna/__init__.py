"""Optuna's samplers as strategies: what a sampler draws is proposed, what became of it is told.

Measured on NAS-Bench-201 (CIFAR-10, 12 epochs; batches of 8, no repeats), test accuracy in percent of the best by
validation after 100, 300 and 500 trials, and processor time a trial over 500 trials of 6 and of 40 decisions: TPE (200
seeds) 88.72, 89.01 and 89.02 at 3 and 10 ms; NSGA-II (20 seeds) 88.13, 88.82 and 89.03 at 1 and 2 ms. The Gaussian
process takes 160 ms a trial over the first 100 and more after that.

One search is one study in memory, each decision a categorical parameter. Implementation details:

1. A sampler is made anew for every draw; its seed follows from that of the search and the number of the draw. So all
   state is in the study, and a search goes on bit for bit as if it had not been stopped. The one price: the Gaussian
   process fits its kernel from the start each time.
2. What the filter rejects is a failed trial to Optuna: its exhaustive samplers then go on, and the others look only at
   results. A sampler that is rejected `redraws` times in a row is replaced by uniform draws for that proposal.
3. TPE weighs only candidates that may be proposed. Drawing until one passes takes 22 draws a trial on NAS-Bench-201.
4. A child that failed is a failed trial, and so is one that is neither told nor running any more.
5. Several objectives reach the sampler as they are; it takes their number from the first result.
"""
