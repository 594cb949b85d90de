"""Questions handed to a provider as a batch of its own."""
