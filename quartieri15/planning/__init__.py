"""What could change: scenarios, what they change for whom, and where next."""
