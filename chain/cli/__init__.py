"""The command `mz`: what a person or a script types, and what it answers.

Noun then verb. stdout carries the result, stderr prose and progress; exit status 0 is success, 1 failure, 2 a mistake
in the command line, the settings or the surroundings. A ChainError becomes one line and a hint, never a traceback; that
translation happens once, in `main`. The one room that imports click and rich.

    main ─► tree (commands loaded when they are named) ─► up · demo · account · template · config · doctor
                                                              │
                                            session (flags, settings, keys, client) · screen (tables, progress)
"""
