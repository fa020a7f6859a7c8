"""What the calendar asks for: tasks raised by rules, and cases that wake."""
