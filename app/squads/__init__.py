"""Squads: who is called up for a competition or a camp, and what they answer. Of a person's file."""
