"""Accounts: Django's own, with the pages around them."""
