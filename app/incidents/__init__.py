"""Incidents: explosive-ordnance accidents, their casualties, and what each source says of them."""
