"""Data sets as uint8 tensors: where they are read from, how they are split, what is done to a batch on the device."""
