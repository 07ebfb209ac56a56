"""How one command turns a tree into the next tree."""
