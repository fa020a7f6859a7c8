"""Appointments of a case: with whom, when, where and why; kept, missed, cancelled, or on another day."""
