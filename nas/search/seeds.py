"""The seed of each training, which follows from that of the search."""

import hashlib


def training_seed(search_seed: int, canonical_key: str, repeat: int = 0) -> int:
    """Returns the seed of an architecture's training: equal whenever the search meets the same function graph."""
    which = f":{repeat}" if repeat else ""
    digest = hashlib.sha256(f"{search_seed}:{canonical_key}{which}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 1
