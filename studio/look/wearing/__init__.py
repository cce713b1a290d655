"""Finished garments, shoes and hats on a twin."""
