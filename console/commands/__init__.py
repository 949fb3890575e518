"""The commands of ``postroom``, one file for each thing that a person works on."""
