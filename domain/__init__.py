"""The law of the district: rules, codes, scopes. Standard library only, no clock: every function takes its time as `at`."""
