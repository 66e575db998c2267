"""Backbones and the maps they make of pictures."""
