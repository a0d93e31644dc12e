"""States come back bit for bit, and anything else is refused by name."""

import json

import pytest
import torch
from safetensors.torch import save

from nas.errors import StorageError
from nas.strategies.state import pack, unpack


def test_record_and_tensors_come_back_exactly() -> None:
    record = {"third": 1 / 3, "tiny": 5e-324, "nothing": None, "list": [1, "é", True]}
    tensors = {
        "weights": torch.randn(3, 4),
        "step": torch.tensor(7.0),
        "bytes": torch.arange(256, dtype=torch.uint8),
    }
    back, back_tensors = unpack("some", pack("some", record, tensors))
    assert back == record
    assert back_tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(back_tensors[name], tensor)
        assert back_tensors[name].dtype == tensor.dtype


def test_equal_states_are_equal_bytes() -> None:
    one = pack("some", {"a": 1, "b": 2}, {"x": torch.zeros(2), "y": torch.ones(2)})
    other = pack("some", {"b": 2, "a": 1}, {"y": torch.ones(2), "x": torch.zeros(2)})
    assert one == other


def test_a_record_alone() -> None:
    assert unpack("some", pack("some", {"a": 1})) == ({"a": 1}, {})


def test_no_number_may_be_none() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        pack("some", {"baseline": float("nan")})


def test_the_owner_is_checked() -> None:
    with pytest.raises(StorageError, match="state of strategy 'mine': expected its own, got one of 'theirs'"):
        unpack("mine", pack("theirs", {}))


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"\x80\x04N.",
        pack("some", {"a": 1}, {"x": torch.zeros(2)})[:-3],
        save({"x": torch.zeros(2)}),
        save({"x": torch.zeros(2)}, metadata={"strategy": "no json"}),
        save({"x": torch.zeros(2)}, metadata={"strategy": json.dumps({"a": 1})}),
    ],
    ids=["empty", "pickle", "cut off", "no record", "record is no JSON", "no owner"],
)
def test_other_bytes_are_refused(state: bytes) -> None:
    with pytest.raises(StorageError, match="expected what its `save` returned"):
        unpack("some", state)


def test_what_a_state_lacks_is_named() -> None:
    record, tensors = unpack("some", pack("some", {"index": 3, "asked": 4}))
    with pytest.raises(
        StorageError, match="state of strategy 'some': expected 'passed' in it, got asked, index;"
    ):
        record["passed"]
    with pytest.raises(StorageError, match="expected 'weights' in it, got nothing;"):
        tensors["weights"]
