"""Trusted documents: the operations that a client has registered, and who may send no others."""
