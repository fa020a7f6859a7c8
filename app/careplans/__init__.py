"""Care plans: goals in every lane, agreed with the person, approved by somebody else, reviewed in time."""
