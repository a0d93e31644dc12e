"""Networks designed by hand, from the same layers as those that are searched for: what a search has to beat."""
