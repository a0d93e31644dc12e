"""Measurements of the product itself: what a trial costs beside its training."""
