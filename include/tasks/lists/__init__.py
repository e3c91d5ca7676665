"""The kinds of list, one module each: its `KIND`. Their texts are in the catalogue of the same name."""
