"""Tools with no subject matter: database, errors, states, clock, ids, vault. Imports nothing above it."""
