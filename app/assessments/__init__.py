"""Assessments: answers to an instrument, its score by a stated algorithm, never overwritten."""
