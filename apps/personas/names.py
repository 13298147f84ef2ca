"""Names of bases that are not folders. Pure."""

BUILTIN, SCRATCH = "builtin", "scratch"
