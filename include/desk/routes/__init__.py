"""The desk's addresses. Each names the right that it needs; a test walks them all."""
