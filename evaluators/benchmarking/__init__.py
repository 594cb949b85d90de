"""How well a judge judges: benchmark sets, metrics, baselines and results. Nothing here runs a judge."""
