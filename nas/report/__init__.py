"""What the product says about searches: records in, text out. Nothing here reads a database or trains anything."""
