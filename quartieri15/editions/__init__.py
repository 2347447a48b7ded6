"""Cities that come with the library: the recipe of each, and how to open it."""
