"""The figures of the business on the desk, narrowed to what a person sees."""
