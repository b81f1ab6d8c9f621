"""All SQL and all Redis of the product: tables, queries, repositories, the live stream's log and the panel cache."""
