"""Who may do what, and which rows and fields they see: casbin decides."""
