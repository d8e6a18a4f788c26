"""Loading movies and ratings into the tables: one module a source."""
