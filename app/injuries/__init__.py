"""What the explosion did to a person: injuries, amputations, impairments, and what was determined by law."""
