"""What a trained network has learned, looked at from inside."""
