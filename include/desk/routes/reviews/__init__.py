"""Review and targets: the pages of the figures of the business."""
