"""Delegations: a colleague looks after the cases of somebody who is away; nothing changes hands."""
