"""Tables of labels as people have them, understood without a database: read, plan, answer, cells. No Django here.

`read.read(path)` gives a `Source` by the file's content. `plan.plan(source, answers)` finds its profile, and says what
each column is, what each value means, and what must be asked. Its cells are empty while a question is open: nothing
turns unknown into absent, or absent into unknown, that nobody has seen.
"""
