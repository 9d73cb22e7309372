"""A run directory: what is stored in it, how it is computed, and what comes back."""
