"""What a person sees first: today, a case's timeline. Reads only, over every room of a case."""
