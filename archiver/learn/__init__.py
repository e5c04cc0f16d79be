"""History → rules: what many pages of one site share, and what follows for cleaning it. Pure."""
