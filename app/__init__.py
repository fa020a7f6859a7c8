"""Dayaq: victim-assistance case management for survivors of landmines and other explosive ordnance."""
