"""Errors about data sets and workers. The whole tree is drawn in `nas.errors`."""

from search_spaces.errors import NasError


class DataError(NasError):
    """A data set is missing, unreadable or not fit for a search."""

    exit_code = 2


class PoolError(NasError):
    """Workers cannot be started or have all been lost."""


class ResourceError(PoolError):
    """More processors or GPUs were asked for than there are."""

    exit_code = 2


class DivergedError(NasError):
    """The loss or the gradient of a training became infinite or not a number."""
