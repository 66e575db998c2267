"""Figures and their intervals. numpy and scipy only."""
