"""Before and after: who gains and who loses by scenarios, how surely, and at what cost."""
