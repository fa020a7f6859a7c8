"""Referrals: a case asks a facility for services, and cannot get lost between the two."""
