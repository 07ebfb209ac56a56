"""Secret stores: where certificates and their keys are kept, and how an upload is read."""
