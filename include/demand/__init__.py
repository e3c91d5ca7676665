"""Demand: the dense panel, the features, the model of totals over a protection period, and its judges."""
