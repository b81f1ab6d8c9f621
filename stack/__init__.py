"""The servers and processes that `./run` and `./test` start: PostgreSQL, Valkey, Mosquitto and our own programs, on this machine alone."""
