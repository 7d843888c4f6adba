"""How fast the product is: ratios against references of the same run, never bare numbers."""
