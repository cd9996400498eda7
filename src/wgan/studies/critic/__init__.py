"""What a critic's value means."""
