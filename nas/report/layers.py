"""The layer table of a network, and below it what the whole network costs."""

from collections import Counter
from collections.abc import Mapping, Sequence

from nas.report.tables import Column, format_table
from search_spaces.complexity import cost, normalisation_multiply_adds
from search_spaces.drawing.labels import shape_label
from search_spaces.graph import Graph, Shape
from search_spaces.profile import LayerRow, peak_activation_bytes

KILOBYTE, MEGABYTE = 2**10, 2**20


def kilobytes(count: int) -> str:
    """Returns bytes in units of 1,024, to a tenth."""
    return f"{count / KILOBYTE:,.1f}"


def exactly(count: int) -> str:
    """Returns every digit of a count."""
    return f"{count:,}"


LAYER_COLUMNS: tuple[Column[LayerRow], ...] = (
    Column("name", "layer", lambda row: row.name),
    Column("kind", "kind", lambda row: row.kind),
    Column("inputs", "input", lambda row: _shapes(row.inputs)),
    Column("output", "output", lambda row: shape_label(row.output)),
    Column("kernel", "kernel", lambda row: _pair(row.kernel)),
    Column("stride", "stride", lambda row: row.stride),
    Column("padding", "padding", lambda row: _pair(row.padding)),
    Column("activation_bytes", "memory KB", lambda row: row.activation_bytes, kilobytes),
    Column("parameters", "parameters", lambda row: row.parameters, exactly),
    Column("multiply_adds", "multiply-adds", lambda row: row.multiply_adds, exactly),
)


def network_sums(graph: Graph, batch: int) -> dict[str, int]:
    """Returns what the whole network costs: for one picture, and the activations of `batch` pictures."""
    whole = cost(graph)
    return {
        "parameters": whole.parameters,
        "multiply_adds": whole.multiply_adds,
        "multiply_adds_with_normalisation": whole.multiply_adds + normalisation_multiply_adds(graph),
        "batch": batch,
        "peak_activation_bytes": peak_activation_bytes(graph, batch),
        "training_activation_bytes": batch * whole.activation_bytes,
    }


def layer_report(title: str, graph: Graph, rows: Sequence[LayerRow], batch: int) -> str:
    """Returns the table as text, with a line of what it is of above, and the sums below."""
    sums = network_sums(graph, batch)
    peak, kept = (
        f"{sums[key] / MEGABYTE:,.1f} MB" for key in ("peak_activation_bytes", "training_activation_bytes")
    )
    lines = (
        f"{title}: pictures {shape_label(graph.image)}, {graph.output[0]:,} classes",
        "",
        format_table(LAYER_COLUMNS, rows),
        "",
        f"{sums['parameters']:,} parameters, {_multiply_adds(sums)} a picture",
        f"activations of {batch:,} pictures: {peak} at once to predict, {kept} kept to train",
    )
    return "\n".join(lines)


def _multiply_adds(sums: Mapping[str, int]) -> str:
    """Returns the multiply-adds and, where there is a normalisation, those with it."""
    plain, normalised = sums["multiply_adds"], sums["multiply_adds_with_normalisation"]
    text = f"{plain:,} multiply-adds"
    return text if plain == normalised else f"{text} ({normalised:,} where normalisation counts too)"


def _shapes(shapes: Sequence[Shape]) -> str:
    """Returns the shapes, equal ones together: "2 x 64x16x16"."""
    labels = Counter(map(shape_label, shapes))
    return " + ".join(label if count == 1 else f"{count} x {label}" for label, count in labels.items())


def _pair(sides: tuple[int, int] | None) -> str | None:
    """Returns 3 for (3, 3), 1x7 for (1, 7)."""
    if sides is None:
        return None
    return "x".join(map(str, dict.fromkeys(sides)))
