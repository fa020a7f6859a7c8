"""How much the service costs, as ratios to the least that this machine could do (`make bench`)."""
