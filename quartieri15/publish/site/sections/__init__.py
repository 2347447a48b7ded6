"""The sections of the pages of a site: what each says, from the figures."""
