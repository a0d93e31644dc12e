"""What a network is and what it costs: spaces, architectures, operations and layer graphs, without any framework."""
