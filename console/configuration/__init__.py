"""The mail configuration as code: YAML files are read, checked, compared with the catalogue and applied to it.

``read`` gives a ``Configuration`` or every fault of the files at once; ``apply`` writes it in one transaction.
"""
