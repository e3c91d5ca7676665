"""Pages that open anywhere: plots as SVG and a model's card as one HTML file, out of plain numbers, nothing fetched."""
