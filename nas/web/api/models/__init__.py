"""What the API answers and takes, as pydantic models: the names, meanings and bounds that its documentation shows."""
