"""`tern`, the default method: SARB's parts as a convex head that starts from the semantic prior (docs/method.md)."""
