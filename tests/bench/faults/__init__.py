"""Break every part of the stack under load, and reconcile what was sent with what is stored."""
