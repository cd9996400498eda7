"""What training with each loss does."""
