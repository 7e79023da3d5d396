"""The demo: the main job on real data, counted by an independent reader."""
