"""Business days in the merchant's time zone, and the events that move demand."""
