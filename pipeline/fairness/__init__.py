"""Whether a screening treats people alike: swaps of identity, and rates by group. Knows neither judges nor runs."""
