"""Bulk assignment: many cases as a job, each whole or not at all; and what a case weighs."""
