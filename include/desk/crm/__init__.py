"""What a clerk who wins customers back looks at: a call, a customer, and what all of it brought."""
