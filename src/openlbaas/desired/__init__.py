"""What each host should run."""
