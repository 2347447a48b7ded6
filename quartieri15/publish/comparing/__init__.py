"""The page of a comparison: which question it is about, its figures, sentences, tables and map."""
