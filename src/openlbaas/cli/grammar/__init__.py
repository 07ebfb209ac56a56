"""What can be typed: one table of resources and options, from which both grammars are generated."""
