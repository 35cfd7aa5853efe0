"""The pump's pure core: integers in, integers out; no hardware, clock, file or global."""
