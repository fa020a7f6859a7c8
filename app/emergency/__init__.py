"""Emergency and continuing medical care: the way from the explosion to a surgeon, and what followed."""
