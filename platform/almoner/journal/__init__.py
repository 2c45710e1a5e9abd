"""The record of who did what, when and to what."""
