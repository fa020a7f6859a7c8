"""What rooms of care write in a person's file: entered once, and corrected in the open."""
