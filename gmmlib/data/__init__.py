"""Small tables: numbers from elsewhere, and what takes too long for a chapter."""
