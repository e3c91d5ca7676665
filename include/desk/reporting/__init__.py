"""What other systems report to the desk by signed requests, and what people see of it."""
