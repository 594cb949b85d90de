"""What a chat endpoint can do, asked of the endpoint itself."""
