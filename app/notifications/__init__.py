"""What people must be told: an outbox, filled inside the action's own transaction, shown in the app."""
