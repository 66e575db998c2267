"""What happened in a project, told to everybody who watches it: `kinds` says what, `publish` writes it."""
