"""Prices, budgets and estimates."""
