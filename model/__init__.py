"""SARB and its rivals for images with partial labels. A library of its own: it never imports Django."""
