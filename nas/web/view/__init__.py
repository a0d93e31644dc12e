"""What the page and the API show of the trials of a search: tables, charts and a forecast, computed in memory."""
