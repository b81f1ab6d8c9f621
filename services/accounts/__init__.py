"""Making accounts and ending sessions from the command line: `python -m services.accounts`."""
