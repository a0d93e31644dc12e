"""What a network is and what it costs: spaces, architectures, operations and layer graphs. Needs no framework to reason."""
