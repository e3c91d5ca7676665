"""Looking back on the desk: tables of figures that a night stored, narrowed to what a person sees."""
