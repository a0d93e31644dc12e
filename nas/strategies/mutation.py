"""One step from an architecture to another."""

from random import Random

from search_spaces.architecture import Architecture
from search_spaces.space import Space


def mutated(space: Space, architecture: Architecture, random: Random) -> Architecture:
    """Returns the architecture with one decision changed, each as likely as the others, to any other of its options.

    Decisions of one option cannot change; in a space of such alone, the architecture itself comes back.
    """
    counts = [len(decision.options) for decision in space.decisions]
    changeable = [position for position, count in enumerate(counts) if count > 1]
    if not changeable:
        return architecture
    position = random.choice(changeable)
    tokens = list(architecture.tokens)
    tokens[position] = (tokens[position] + random.randrange(1, counts[position])) % counts[position]
    return Architecture(space.name, tuple(tokens))
