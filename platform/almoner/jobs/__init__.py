"""Job rows: outbox, lease, progress, cancel and retry."""
