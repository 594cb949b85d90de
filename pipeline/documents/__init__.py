"""Files to documents: visible text with places, hidden text set aside."""
