"""Flags of risk: raised by an answer or a person, looked at the same day, closed only by what was done."""
