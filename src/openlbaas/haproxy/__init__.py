"""Everything known about HAProxy as text."""
