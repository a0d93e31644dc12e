"""The full training of a found architecture: on all training pictures, with the final recipe, tested once."""

from nas.training.full import train_fully

__all__ = ["train_fully"]
