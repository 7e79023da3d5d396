"""What a window says, from its counts: pure."""
