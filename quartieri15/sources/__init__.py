"""How raw data becomes a model: one module per publisher."""
