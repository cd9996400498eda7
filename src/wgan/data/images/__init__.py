"""Pictures: encoded in folders, zips and columns, or in memory."""
