"""Competitions: editions, divisions, teams, fixtures, results, standings. Nobody who plays is named here."""
