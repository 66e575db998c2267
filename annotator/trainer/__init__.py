"""The application's side of training: run directories, and the warm trainer process that works on them."""
