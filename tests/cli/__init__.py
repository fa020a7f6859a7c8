"""Commands, as the person at the keyboard meets them."""
