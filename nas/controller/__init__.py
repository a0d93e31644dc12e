"""What learns: policies over categorical decisions, their losses and their descent, and a model of the rewards.

The policies are an LSTM, the recurrent controller, and a flat table of logits; losses are pure functions; one optimiser
steps for both. The model is a Gaussian process from decisions to scores. None of them knows what a decision means.
"""
