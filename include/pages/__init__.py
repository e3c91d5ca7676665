"""Pages that open anywhere: HTML by templates, plots as SVG, out of plain numbers, nothing fetched."""
