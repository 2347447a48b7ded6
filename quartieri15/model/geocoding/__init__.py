"""From addresses as people write them to civic numbers of the register."""
