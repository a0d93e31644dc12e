"""How a network is trained and judged: jobs, data sets, the training loop and the pools that run jobs side by side."""
