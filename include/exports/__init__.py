"""The engine that reads exports: declarations, headers, values, classified rows, large files in parts."""
