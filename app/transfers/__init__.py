"""Transfers: a case is offered to somebody else, who takes it on or not; until then nothing changes hands."""
