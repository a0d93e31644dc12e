"""How the next architectures are chosen: strategies that are asked and told, and wrappers around any of them."""
