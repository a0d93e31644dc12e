"""The full training of a found architecture: on all training pictures, with the final recipe, tested once."""
