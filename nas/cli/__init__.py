"""The command line. Each command parses, calls one function and renders; whatever is heavy is imported in its body."""
