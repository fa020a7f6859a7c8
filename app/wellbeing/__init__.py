"""What a person lets out of the compartment: the WHO-5 score, day by day, while they agree; nothing else."""
