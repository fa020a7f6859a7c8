"""Reintegration: school, work, a home, benefits, grants, a place among others; and whether it lasts."""
