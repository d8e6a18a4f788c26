"""The site as JSON, under /api/v1/: what its pages show and do, by the same services."""
