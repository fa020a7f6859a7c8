"""Milestones: steps of the four pillars and of sport that a case wants, plans and reaches."""
