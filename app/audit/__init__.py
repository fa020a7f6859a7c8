"""What was done and who looked. Rows are added in the transaction they report, and never changed."""
