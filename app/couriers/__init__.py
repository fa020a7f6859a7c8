"""What people and systems are told outside the app, by mail, text message and webhook: never about whom."""
