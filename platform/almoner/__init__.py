"""Almoner's domain: what a payment program does, without GraphQL, brokers or the looks of a command line."""
