"""One function per thing a caller can do, each one transaction."""
