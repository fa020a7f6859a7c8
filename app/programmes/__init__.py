"""Programmes: sport, peer groups, courses, risk education. What stands here names nobody who is helped."""
