"""Keeping an eye on the day: alerts, the heartbeat, the state of every day and shop, figures for graphs."""
