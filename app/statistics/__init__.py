"""Counted and protected: noise once, then only read. How and why: docs/explanation/statistics.md.

Called by `dayaq release`, whose job alone sees counts, and by the statistics router, which reads artefacts.
"""
