"""What runs inside a sandbox. It needs nothing of openloop and nothing that takes long to import."""
