"""Whether the critic's loss approximates W."""
