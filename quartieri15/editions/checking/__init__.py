"""Everything that is wrong with the files of a city, in one pass: one module per question."""
