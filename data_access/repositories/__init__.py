"""What changes rows, one module per noun; each function takes its transaction first and touches the watches itself."""
