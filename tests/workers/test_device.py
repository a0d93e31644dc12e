"""Pictures on the device: what a batch is, and that shared memory stays shared."""

import numpy as np
import torch

from tests.workers.tiny import bars
from workers.data.images import LabelledImages
from workers.device import DeviceImages, concatenate


def test_a_batch_is_normalised_in_channels_last_order_with_its_labels():
    part = LabelledImages(
        np.random.default_rng(0).integers(0, 256, (5, 3, 4, 6), dtype=np.uint8), np.arange(5, dtype=np.int64)
    )
    placed = DeviceImages.place(part, (1.0, 2.0, 3.0), (2.0, 4.0, 8.0), "cpu")
    images, labels = placed.batch(torch.tensor([3, 1]))
    assert images.shape == (2, 3, 4, 6)
    assert images.dtype == torch.float32
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert labels.tolist() == [3, 1]
    by_hand = (part.images[3, 1].astype(np.float32) - 2.0) / 4.0
    np.testing.assert_allclose(images[0, 1].numpy(), by_hand, rtol=1e-6)


def test_a_slice_is_a_batch_too():
    placed = DeviceImages.place(bars(7, 0), (0.0,), (1.0,), "cpu")
    images, labels = placed.batch(slice(5, 10))
    assert len(placed) == 7
    assert len(images) == len(labels) == 2


def test_read_only_arrays_are_placed_without_a_copy_or_a_warning():
    part = bars(4, 0)
    part.images.flags.writeable = False
    placed = DeviceImages.place(part, (0.0,), (1.0,), "cpu")
    assert placed.images.data_ptr() == part.images.ctypes.data
    assert placed.device == torch.device("cpu")


def test_concatenation_keeps_the_order():
    both = concatenate(bars(4, 0), bars(3, 1))
    assert both.labels.tolist() == [0, 1, 2, 0, 0, 1, 2]
    np.testing.assert_array_equal(both.images[4:], bars(3, 1).images)
