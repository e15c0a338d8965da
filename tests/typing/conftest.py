# Programs for a type checker, which would run when pytest looks for doctests in them.
collect_ignore = ["right.py", "wrong.py"]
