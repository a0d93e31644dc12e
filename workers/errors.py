"""Errors about data sets and workers. The whole tree is drawn in `nas.errors`."""

from search_spaces.errors import NasError


class DataError(NasError):
    """A data set is missing, unreadable or not fit for a search."""

    exit_code = 2


class PoolError(NasError):
    """Workers cannot be started or have all been lost."""

    exit_code = 70


class ResourceError(PoolError):
    """More processors or GPUs were asked for than there are."""

    exit_code = 2


class UnreachableError(PoolError):
    """No Ray cluster answers at the address that was named."""

    exit_code = 3


class DivergedError(NasError):
    """The loss or the gradient of a training became infinite or not a number."""


class ConstantError(NasError):
    """A trained network answers every picture alike."""
