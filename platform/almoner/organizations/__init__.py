"""The parties of a program: ACOs, RBHAs, committees and others."""
