"""The Graph API: the endpoints that a business app calls, with Meta's answers and refusals."""
