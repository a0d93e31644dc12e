"""What makes a benchmark unusable, told in one line."""

from search_spaces.errors import NasError


class BenchmarkError(NasError):
    """A benchmark of a name or size that there is not, or a comparison that cannot be made."""

    exit_code = 2


class TableError(BenchmarkError):
    """A file that is no table of trained architectures, or one that leaves open which column is what."""
