"""Printed pages: what a case, a referral, a person's own statement or a table of matches is on paper."""
