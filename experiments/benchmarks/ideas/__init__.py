"""Ideas, judged inside GDSC."""
