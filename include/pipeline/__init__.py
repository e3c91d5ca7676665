"""The steps of a merchant's day: what a Dag's task calls, one module a step."""
