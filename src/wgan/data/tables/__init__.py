"""Tables: columns of numbers from files and arrays."""
