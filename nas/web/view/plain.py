"""Arrays as plain values: what is NaN or infinite is None, as JSON has no word for it."""

import numpy as np
from numpy.typing import NDArray


def plain(values: NDArray[np.float64]) -> tuple[float | None, ...]:
    """Returns the numbers of an array."""
    numbers = values.tolist()
    if np.isfinite(values).all():
        return tuple(numbers)
    return tuple(map(plain_number, numbers))


def plain_number(value: float) -> float | None:
    """Returns the number itself, or None for one that JSON cannot have."""
    return float(value) if np.isfinite(value) else None
