"""The web desk: where planners and clerks work the lists. It knows nothing of the web server that it is mounted in."""
