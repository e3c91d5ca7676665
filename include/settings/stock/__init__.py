"""Judgements about stock: what is ordered, moved and cleared, and the demand that it rests on."""
