"""Search by title, person, year and genre: the site's own trigrams, the same on every database."""
