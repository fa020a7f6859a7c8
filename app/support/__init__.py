"""Psychosocial support, in its own compartment: others see that it is given, and nothing of what is said."""
