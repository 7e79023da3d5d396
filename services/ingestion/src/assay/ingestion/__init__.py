"""The door for events: answers after the broker, lands in raw topics."""
