"""The compartment: what only a counsellor asks and reads, under keys and row-level security of its own."""
