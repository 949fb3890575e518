"""Benchmarks: what a mail costs. `make bench` runs them; every figure stands beside machine, versions and command."""
