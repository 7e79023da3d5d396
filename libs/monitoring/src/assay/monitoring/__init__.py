"""How models do: windows of what they read and say, against what they were trained on. Pure: no I/O, no clock, no log."""
