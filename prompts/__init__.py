"""Prompts as Markdown files with front matter, and the one loader that renders them."""
