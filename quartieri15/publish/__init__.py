"""How people see the results: maps, pages, tables, in Italian first and English beside it."""
