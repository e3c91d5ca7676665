"""The steps of a merchant's day, each one call: what a Dag's task runs. Everything else in `include` is below."""
