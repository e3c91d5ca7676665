"""The laboratory: replays of a merchant's own history or of the simulated merchant, trials of orders, what-if."""
