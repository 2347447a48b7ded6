"""What travel times mean for people: who is covered, and where the gaps are."""
