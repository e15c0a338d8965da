"""How a network learns: optimisers, schedules, stopping and the epoch loop."""
