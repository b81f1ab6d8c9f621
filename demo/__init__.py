"""The demonstration district: a generator of its register, a simulator of its machines, and the scoring of what was detected."""
