"""Trains and calibrates the evidence judge. Needs the development extras; never imported when judging."""
