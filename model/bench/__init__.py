"""Benchmarks of steps, inference and scaling."""
