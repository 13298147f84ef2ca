"""Names of bases that are not folders. Pure."""

BUILTIN, SCRATCH = "builtin", "scratch"
CHAR_GRU, CHAR_LSTM, PAIRS = "char-gru", "char-lstm", "seq2seq-lstm"
#: Recurrent families: they know nothing but the archive, and their vocabulary is made of it.
RECURRENT = (CHAR_GRU, CHAR_LSTM, PAIRS)
#: All that begins with random weights and is trained as a whole.
FRESH = (SCRATCH, *RECURRENT)
#: Whose language cannot be changed: it is frozen with the shipped base.
FROZEN = (BUILTIN, SCRATCH)
