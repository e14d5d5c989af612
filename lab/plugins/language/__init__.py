"""A language host for Python programs: the stand-in for Pulumi's own `pulumi-language-python`.

The engine starts it, asks it what a program needs, and has it run the program. The program runs in a child
process of its own interpreter, so that a program which fails, hangs or is interrupted takes nothing with it.
"""
