"""The demonstration's committees: who they are, and the story of their meetings."""
