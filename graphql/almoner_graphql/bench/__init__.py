"""What `almoner bench read` serves and fills. For a throw-away database: nothing of the product imports this."""
