"""What a closed day says: facts, the mapping of listings to skus, shelves; closing a day."""
