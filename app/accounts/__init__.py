"""Who works with Dayaq: accounts, memberships, sessions, second factors."""
