"""Judges raw records; every one ends in validated or in dead letters, once."""
