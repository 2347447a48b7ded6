"""Reports for print: one of a Municipio, one of a scenario, as HTML and as PDF/UA."""
