"""The same loss where nothing is drawn."""
