"""The paper's tables, other methods, data sets, and what each part is worth."""
