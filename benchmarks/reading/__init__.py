"""The lists of the API over a large database, beside the same lists as they are usually written."""
