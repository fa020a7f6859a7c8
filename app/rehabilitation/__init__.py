"""Physical rehabilitation: episodes of therapy with sessions and goals, and devices stage by stage."""
