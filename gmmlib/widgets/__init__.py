"""Sliders: one general live figure, and one module a topic that wires it to plots."""
