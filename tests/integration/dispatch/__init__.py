"""Who is sent, kept and told, against a real database."""
