"""Synthetic chat secrets with exact labels, written without sight of the detectors they measure."""
