"""Where next: the best sites of so many new places, and the proof that none are better."""
