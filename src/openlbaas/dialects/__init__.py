"""The wire: values in, values out."""
