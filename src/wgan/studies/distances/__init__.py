"""How distances behave where supports do not meet."""
