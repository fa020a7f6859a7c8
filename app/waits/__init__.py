"""The continuum-of-care clock: how long each part of the way takes, those still waiting counted in.

Measured by a job, read by who answers for a team or for the programme. It names nobody.
"""
