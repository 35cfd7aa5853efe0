"""Many pumps over one broker: what each host recorded is sent on and stored again, row for row."""
