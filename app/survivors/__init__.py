"""Survivors: the people helped, how to reach them, and what they consented to. Identity is sealed."""
