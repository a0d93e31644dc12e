"""A few digits that say whether two searches have come to the same end."""

import hashlib

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord


def state_digest(storage: Storage, record: SearchRecord) -> str | None:
    """Returns 16 hexadecimal digits of the SHA-256 of the strategy's last stored state, None before there is one.

    Two runs of one search, of one seed and with one worker, end with the same, however often they were interrupted.
    """
    checkpoint = storage.latest_checkpoint(record.search_id)
    return hashlib.sha256(checkpoint.state).hexdigest()[:16] if checkpoint else None
