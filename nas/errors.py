"""Every error the product raises on purpose, as one tree. Each is shown as one line on standard error.

    NasError                       exit 1
    ├── SpaceError                 exit 2   a space, operation or architecture is not what it should be
    │   └── UnknownNameError       exit 2   nothing is registered under that name
    ├── DataError                  exit 2   a data set is missing, unreadable or not fit for a search
    ├── DivergedError              exit 1   a training's loss became infinite or not a number
    ├── ConstantError              exit 1   a trained network answers every picture alike
    ├── PoolError                  exit 70  workers cannot be started or have all been lost
    │   ├── ResourceError          exit 2   more processors or GPUs asked for than there are
    │   └── UnreachableError       exit 3   no Ray cluster answers at the address
    ├── ConfigError                exit 2   options or configuration file
    │   └── InfeasibleError        exit 2   no architecture of the space meets the limits
    ├── QueryError                 exit 2   a sort, filter or cursor that trials cannot be asked by
    ├── StorageError               exit 3   the database is unreachable, damaged or not ours
    │   ├── DatabaseUrlError       exit 2   the URL itself is not one we can use
    │   ├── SearchExistsError      exit 2   the name is taken
    │   ├── UnknownSearchError     exit 2   no search or trial of that name or number
    │   ├── UnknownTokenError      exit 2   no token of that name
    │   ├── TokenExistsError       exit 2   the name of a token is taken
    │   ├── UnknownSubmissionError exit 2   no submission of that number
    │   ├── SubmissionStateError   exit 1   a submission was to change in a way its state does not allow
    │   ├── SearchBusyError        exit 75  another process drives the search
    │   ├── DiskFullError          exit 74  there is no room for the database
    │   └── TrialStateError        exit 1   a finished trial was to be changed
    │       └── StaleAttemptError  exit 1   a result of an attempt that is not the running one
    ├── SearchFailedError          exit 4   the search cannot go on: its trials fail
    └── ExportError                exit 1   the hand-over could not be written or did not check out
        └── ExportTargetError      exit 2   the directory is not empty or cannot be written

A message says where, what was expected, what arrived and what to do.
"""

from search_spaces.errors import NasError, SpaceError, UnknownNameError
from workers.errors import (
    ConstantError,
    DataError,
    DivergedError,
    PoolError,
    ResourceError,
    UnreachableError,
)

__all__ = [
    "ConfigError",
    "ConstantError",
    "DataError",
    "DatabaseUrlError",
    "DiskFullError",
    "DivergedError",
    "ExportError",
    "ExportTargetError",
    "InfeasibleError",
    "NasError",
    "PoolError",
    "QueryError",
    "ResourceError",
    "SearchBusyError",
    "SearchExistsError",
    "SearchFailedError",
    "SpaceError",
    "StaleAttemptError",
    "StorageError",
    "SubmissionStateError",
    "TokenExistsError",
    "TrialStateError",
    "UnknownNameError",
    "UnknownSearchError",
    "UnknownSubmissionError",
    "UnknownTokenError",
    "UnreachableError",
]


class ConfigError(NasError):
    """An option or a key of the configuration file is unknown, out of range or at odds with another."""

    exit_code = 2


class InfeasibleError(ConfigError):
    """No architecture of the space meets the limits."""


class QueryError(NasError, ValueError):
    """Trials were asked for by a sort, a filter or a cursor that there is not."""

    exit_code = 2


class StorageError(NasError):
    """The database cannot be reached, is damaged, or is not one of ours."""

    exit_code = 3


class DatabaseUrlError(StorageError):
    """The database URL is malformed or names a database we do not support."""

    exit_code = 2


class SearchExistsError(StorageError):
    """A new search was to have a name that is taken."""

    exit_code = 2


class UnknownSearchError(StorageError):
    """No search, or no trial of a search, has that name or number."""

    exit_code = 2


class UnknownTokenError(StorageError):
    """No token for the API has that name."""

    exit_code = 2


class TokenExistsError(StorageError):
    """A new token was to have a name that is taken, be it by one that was revoked."""

    exit_code = 2


class UnknownSubmissionError(StorageError):
    """No submission has that number."""

    exit_code = 2


class SubmissionStateError(StorageError):
    """A submission was to change in a way its state does not allow."""

    exit_code = 1


class SearchBusyError(StorageError):
    """Another process holds the lease of the search, or took it over."""

    exit_code = 75


class DiskFullError(StorageError):
    """There is no room for the database, and nobody wants to wait until there is."""

    exit_code = 74


class TrialStateError(StorageError):
    """A trial was to change in a way its state does not allow."""

    exit_code = 1


class StaleAttemptError(TrialStateError):
    """A result came from an attempt that was given up; another one is running, or the trial has ended."""


class SearchFailedError(NasError):
    """The search stopped because trial after trial failed."""

    exit_code = 4


class ExportError(NasError):
    """A form of the network could not be written, or gives other outputs than the network."""


class ExportTargetError(ExportError):
    """The export directory is not empty or cannot be written."""

    exit_code = 2
