"""Where people left out live together, beyond what chance would put side by side."""
