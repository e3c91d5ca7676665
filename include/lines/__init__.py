"""One line of a list: what it would be under other judgements, its sum, its picture and its like."""
