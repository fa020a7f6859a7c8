"""Bodies that help, their facilities and teams, and the services on offer: the service directory."""
