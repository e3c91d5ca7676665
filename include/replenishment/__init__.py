"""From a demand distribution to orders, transfers and clearance, and the simulator that judges a policy."""
