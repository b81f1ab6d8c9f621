"""What screens ask, one module per noun. Every function takes its Scope first and passes its statement through scoping.within."""
