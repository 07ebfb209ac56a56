"""The command openlbaas."""
