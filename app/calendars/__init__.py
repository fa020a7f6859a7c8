"""Calendars: a person's own tasks and visits for the calendar program, by a secret address, naming nobody."""
