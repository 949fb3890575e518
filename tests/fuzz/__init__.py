"""A fuzzer of the parse stage: mutants of real mail, told by their number."""
