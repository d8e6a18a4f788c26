"""What staff see and do: the admin, a dashboard, trainings in the background, and /metrics."""
