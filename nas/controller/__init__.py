"""The recurrent controller: an LSTM policy over categorical decisions, and its losses as pure functions."""
