"""The judge that needs no LLM: learned heads over an embedding, counted features and words."""
